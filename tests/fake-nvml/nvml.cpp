// An NVML for tests: the queries of libnvidia-ml.so that warpmark makes, on a small state that never changes. It logs
// every call and plays the fault that FAKE_NVML_FAULT names. Calls that would set something are there to be seen in
// the log: they do nothing.
//
//   FAKE_NVML_LOG=FILE        every call, a line each
//   FAKE_NVML_FAULT=FAULT     of every query of a GPU: not-permitted, not-supported, gpu-lost, uninitialised; of one:
//                             not-permitted:nvmlDeviceGetPowerUsage; at the start: no-driver, mismatch
//   FAKE_NVML_SETUP=WORDS     mig: the fake CUDA GPU is an instance; by-bus: it is known by its place alone;
//                             busy: a process uses it; poor: persistence and ECC off, a limit of 500 W, hot;
//                             more words are in telemetry.inc
//   -DWITHOUT_nvmlFoo         when compiled: the symbol is missing, as in an older driver

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <string>

typedef int Code;
enum : int {
    SUCCESS = 0,
    UNINITIALIZED = 1,
    INVALID_ARGUMENT = 2,
    NOT_SUPPORTED = 3,
    NO_PERMISSION = 4,
    NOT_FOUND = 6,
    INSUFFICIENT_SIZE = 7,
    DRIVER_NOT_LOADED = 9,
    GPU_IS_LOST = 15,
    LIB_RM_VERSION_MISMATCH = 18,
};

struct Gpu {
    const char *uuid, *bus;
    unsigned max_sm_mhz;
};

// In another order than CUDA's: the first GPU of tests/fake-cuda is the second here.
static Gpu other = {"GPU-66616b65-2d67-7075-2d30-303030303031", "00000000:00:05.0", 1755};
static Gpu whole = {"GPU-66616b65-2d67-7075-2d30-303030303030", "00000000:00:06.0", 1980};
static Gpu parent = {"GPU-22222222-2222-2222-2222-222222222222", "00000000:00:06.0", 1980};
static Gpu instance = {"MIG-66616b65-2d67-7075-2d30-303030303030", nullptr, 0};

static std::string variable(const char *name) {
    const char *text = getenv(name);
    return text ? text : "";
}
static bool setup(const char *word) {
    return (" " + variable("FAKE_NVML_SETUP") + " ").find(std::string(" ") + word + " ") != std::string::npos;
}

static void note(const std::string &call) {
    if (FILE *file = fopen(variable("FAKE_NVML_LOG").c_str(), "a")) {
        fprintf(file, "%s\n", call.c_str());
        fclose(file);
    }
}

static bool started = false;

static Code fault(const std::string &call) {
    static const struct {
        const char *name;
        Code code;
    } faults[] = {{"not-permitted", NO_PERMISSION},
                  {"not-supported", NOT_SUPPORTED},
                  {"gpu-lost", GPU_IS_LOST},
                  {"uninitialised", UNINITIALIZED}};
    std::string wanted = variable("FAKE_NVML_FAULT");
    for (auto &fault : faults) {
        if (wanted == fault.name || wanted == std::string(fault.name) + ":" + call) {
            return fault.code;
        }
    }
    return started ? SUCCESS : UNINITIALIZED;
}

#define QUERY                           \
    note(__func__);                     \
    if (Code code = fault(__func__)) {  \
        return code;                    \
    }

// Of the whole GPU alone, as real instances have it.
#define QUERY_OF(gpu)              \
    QUERY                          \
    if (gpu == &instance) {        \
        return NOT_SUPPORTED;      \
    }

static Code write(const char *text, char *into, unsigned length) {
    if (strlen(text) >= length) {
        return INSUFFICIENT_SIZE;
    }
    strcpy(into, text);
    return SUCCESS;
}

extern "C" {

Code nvmlInit_v2() {
    note(__func__);
    std::string wanted = variable("FAKE_NVML_FAULT");
    if (wanted == "no-driver" || wanted == "mismatch") {
        return wanted == "mismatch" ? LIB_RM_VERSION_MISMATCH : DRIVER_NOT_LOADED;
    }
    started = true;
    return SUCCESS;
}
Code nvmlShutdown() {
    note(__func__);
    started = false;
    return SUCCESS;
}
Code nvmlSystemGetDriverVersion(char *text, unsigned length) {
    QUERY
    return write("580.159.04", text, length);
}
Code nvmlSystemGetNVMLVersion(char *text, unsigned length) {
    QUERY
    return write("13.580.159.04", text, length);
}
Code nvmlSystemGetProcessName(unsigned, char *text, unsigned length) {
    QUERY
    return write("/usr/bin/python3 train.py --token=s3cret", text, length);
}
Code nvmlDeviceGetCount_v2(unsigned *count) {
    QUERY
    *count = 2;
    return SUCCESS;
}
Code nvmlDeviceGetHandleByUUID(const char *uuid, Gpu **gpu) {
    QUERY
    for (Gpu *known : {&other, setup("mig") ? &instance : &whole}) {
        if (strcmp(uuid, known->uuid) == 0 && !setup("by-bus")) {
            *gpu = known;
            return SUCCESS;
        }
    }
    return NOT_FOUND;
}
Code nvmlDeviceGetHandleByPciBusId_v2(const char *bus, Gpu **gpu) {
    QUERY
    for (Gpu *known : {&other, setup("mig") ? &parent : &whole}) {
        if (strcmp(bus, known->bus) == 0) {
            *gpu = known;
            return SUCCESS;
        }
    }
    return NOT_FOUND;
}
Code nvmlDeviceGetHandleByIndex_v2(unsigned number, Gpu **gpu) {
    QUERY
    *gpu = number == 0 ? &other : &whole;
    return SUCCESS;
}
Code nvmlDeviceIsMigDeviceHandle(Gpu *gpu, unsigned *answer) {
    QUERY
    *answer = gpu == &instance;
    return SUCCESS;
}
Code nvmlDeviceGetDeviceHandleFromMigDeviceHandle(Gpu *gpu, Gpu **found) {
    QUERY
    *found = &parent;
    return gpu == &instance ? SUCCESS : INVALID_ARGUMENT;
}
Code nvmlDeviceGetUUID(Gpu *gpu, char *text, unsigned length) {
    QUERY
    return write(gpu->uuid, text, length);
}
Code nvmlDeviceGetVbiosVersion(Gpu *gpu, char *text, unsigned length) {
    QUERY_OF(gpu)
    return write("96.00.A5.00.1A", text, length);
}

enum : int { SM = 1, MEMORY = 2 };
Code nvmlDeviceGetMaxClockInfo(Gpu *gpu, int clock, unsigned *megahertz) {
    QUERY_OF(gpu)
    *megahertz = clock == MEMORY ? 3201 : gpu->max_sm_mhz;
    return SUCCESS;
}
Code nvmlDeviceGetClockInfo(Gpu *gpu, int clock, unsigned *megahertz) {
    QUERY_OF(gpu)
    *megahertz = clock == MEMORY ? 3201 : setup("poor") ? 1410 : 1965;
    return SUCCESS;
}
Code nvmlDeviceGetApplicationsClock(Gpu *gpu, int clock, unsigned *megahertz) {
    QUERY_OF(gpu)
    *megahertz = clock == MEMORY ? 3201 : 1980;
    return SUCCESS;
}
Code nvmlDeviceGetPowerManagementLimit(Gpu *gpu, unsigned *milliwatts) {
    QUERY_OF(gpu)
    *milliwatts = setup("poor") ? 500000 : 700000;
    return SUCCESS;
}
Code nvmlDeviceGetPowerManagementDefaultLimit(Gpu *gpu, unsigned *milliwatts) {
    QUERY_OF(gpu)
    *milliwatts = 700000;
    return SUCCESS;
}
Code nvmlDeviceGetEnforcedPowerLimit(Gpu *gpu, unsigned *milliwatts) {
    QUERY_OF(gpu)
    *milliwatts = setup("poor") ? 500000 : 700000;
    return SUCCESS;
}
#ifndef WITHOUT_nvmlDeviceGetPowerUsage
Code nvmlDeviceGetPowerUsage(Gpu *gpu, unsigned *milliwatts) {
    QUERY_OF(gpu)
    *milliwatts = setup("poor") ? 499900 : 125670;
    return SUCCESS;
}
#endif
Code nvmlDeviceGetTemperature(Gpu *gpu, int, unsigned *celsius) {
    QUERY_OF(gpu)
    *celsius = setup("poor") ? 86 : 38;
    return SUCCESS;
}
Code nvmlDeviceGetEccMode(Gpu *gpu, int *now, int *pending) {
    QUERY_OF(gpu)
    *now = !setup("poor");
    *pending = 1;
    return SUCCESS;
}
Code nvmlDeviceGetMigMode(Gpu *gpu, unsigned *now, unsigned *pending) {
    QUERY_OF(gpu)
    *now = *pending = gpu == &parent;
    return SUCCESS;
}
Code nvmlDeviceGetPersistenceMode(Gpu *gpu, int *on) {
    QUERY_OF(gpu)
    *on = !setup("poor") && gpu != &other;
    return SUCCESS;
}
Code nvmlDeviceGetComputeMode(Gpu *gpu, int *mode) {
    QUERY_OF(gpu)
    *mode = 0;
    return SUCCESS;
}
Code nvmlDeviceGetCurrentClocksThrottleReasons(Gpu *gpu, unsigned long long *reasons) {
    QUERY_OF(gpu)
    *reasons = setup("poor") ? 0x4 | 0x20 : 0x1;
    return SUCCESS;
}
// What sets something: never called.
#define SETS(name)      \
    Code name() {       \
        note(__func__); \
        return SUCCESS; \
    }
SETS(nvmlDeviceSetPersistenceMode)
SETS(nvmlDeviceSetComputeMode)
SETS(nvmlDeviceSetEccMode)
SETS(nvmlDeviceSetMigMode)
SETS(nvmlDeviceSetPowerManagementLimit)
SETS(nvmlDeviceSetApplicationsClocks)
SETS(nvmlDeviceResetApplicationsClocks)
SETS(nvmlDeviceSetGpuLockedClocks)
SETS(nvmlDeviceResetGpuLockedClocks)
SETS(nvmlDeviceSetMemoryLockedClocks)
SETS(nvmlDeviceResetMemoryLockedClocks)
SETS(nvmlDeviceClearEccErrorCounts)
}

#include "telemetry.inc"
