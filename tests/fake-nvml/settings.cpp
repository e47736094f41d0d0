// What sets something, on the state of settings.h. Each call is logged with its arguments before it does anything.

static std::string words(Gpu *gpu, std::initializer_list<unsigned> values) {
    std::ostringstream text;
    text << gpu->uuid;
    for (unsigned value : values) {
        text << ' ' << value;
    }
    return text.str();
}

#define SETTER(gpu, ...)                                              \
    note(std::string(__func__) + " " + words(gpu, {__VA_ARGS__}));    \
    if (Code code = fault(__func__)) {                                \
        return code;                                                  \
    }                                                                 \
    if (gpu == &instance) {                                           \
        return NOT_SUPPORTED;                                         \
    }

extern "C" {

Code nvmlDeviceGetName(Gpu *gpu, char *text, unsigned length) {
    QUERY
    return write("fake GPU (measures nothing)", text, length);
}
Code nvmlDeviceGetSupportedMemoryClocks(Gpu *gpu, unsigned *count, unsigned *clocks) {
    QUERY_OF(gpu)
    unsigned room = *count;
    *count = 2;
    if (room < *count) {
        return INSUFFICIENT_SIZE;
    }
    clocks[0] = 3201;
    clocks[1] = 2201;
    return SUCCESS;
}
Code nvmlDeviceGetSupportedGraphicsClocks(Gpu *gpu, unsigned memory, unsigned *count, unsigned *clocks) {
    QUERY_OF(gpu)
    if (memory != 3201 && memory != 2201) {
        return NOT_FOUND;
    }
    unsigned room = *count;
    *count = (gpu->max_sm_mhz - 345) / 15 + 1;
    if (room < *count) {
        return INSUFFICIENT_SIZE;
    }
    for (unsigned place = 0; place < *count; ++place) {
        clocks[place] = gpu->max_sm_mhz - 15 * place;
    }
    return SUCCESS;
}
Code nvmlDeviceGetPowerManagementLimitConstraints(Gpu *gpu, unsigned *least, unsigned *most) {
    QUERY_OF(gpu)
    *least = 200000;
    *most = 700000;
    return SUCCESS;
}

Code nvmlDeviceSetPersistenceMode(Gpu *gpu, int on) {
    SETTER(gpu, (unsigned)on)
    set(gpu, "persistence", on ? "1" : "");
    return SUCCESS;
}
Code nvmlDeviceSetPowerManagementLimit(Gpu *gpu, unsigned milliwatts) {
    SETTER(gpu, milliwatts)
    if (milliwatts < 200000 || milliwatts > 700000) {
        return INVALID_ARGUMENT;
    }
    set(gpu, "power", milliwatts == 700000 ? "" : std::to_string(milliwatts));
    return SUCCESS;
}
#ifndef WITHOUT_nvmlDeviceSetGpuLockedClocks
Code nvmlDeviceSetGpuLockedClocks(Gpu *gpu, unsigned least, unsigned most) {
    SETTER(gpu, least, most)
    if (variable("FAKE_NVML_FAULT") != "ignored") {
        set(gpu, "sm", std::to_string(least) + " " + std::to_string(most));
    }
    return SUCCESS;
}
#endif
Code nvmlDeviceResetGpuLockedClocks(Gpu *gpu) {
    SETTER(gpu)
    set(gpu, "sm", "");
    return SUCCESS;
}
#ifndef WITHOUT_nvmlDeviceSetMemoryLockedClocks
Code nvmlDeviceSetMemoryLockedClocks(Gpu *gpu, unsigned least, unsigned most) {
    SETTER(gpu, least, most)
    set(gpu, "memory", std::to_string(least) + " " + std::to_string(most));
    return SUCCESS;
}
Code nvmlDeviceResetMemoryLockedClocks(Gpu *gpu) {
    SETTER(gpu)
    set(gpu, "memory", "");
    return SUCCESS;
}
#endif

// Never called.
#define SETS(name)      \
    Code name() {       \
        note(__func__); \
        return SUCCESS; \
    }
SETS(nvmlDeviceSetComputeMode)
SETS(nvmlDeviceSetEccMode)
SETS(nvmlDeviceSetMigMode)
SETS(nvmlDeviceSetApplicationsClocks)
SETS(nvmlDeviceResetApplicationsClocks)
SETS(nvmlDeviceClearEccErrorCounts)
}
