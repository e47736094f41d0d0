// The settings of the fake GPUs: a state that calls change and that a test reads, in the file that FAKE_NVML_STATE
// names. Without that variable nothing can be set and clocks stand still.
//
// The file holds a line for each setting that differs from how a GPU starts: `NAME persistence 1`,
// `NAME power 500000` (mW), `NAME sm 1500 1500`, `NAME memory 3201 3201` (MHz), where NAME is the GPU's UUID. A test
// that begins with settings writes them there.
//
//   FAKE_NVML_FAULT=hang:CALL         that call takes 30 s
//                   ignored           a lock of the SM clock is accepted and does nothing
//                   sag:FROM:TO       of a worker's readings of a locked SM clock, counted from 0 over all workers, these
//                                     are 300 MHz too low
//                   thermal:FROM:TO   the same, and meanwhile the reason is hw-thermal-slowdown
//                   lost-when-locked  once the SM clock is locked, the GPU is lost
//   FAKE_NVML_SETUP=foreign           somebody else holds the SM clock at 1200 MHz
//                   capped            power holds the SM clock at 1200 MHz

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <sstream>

enum : unsigned { BASE_MHZ = 1590, FOREIGN_MHZ = 1200, LIMIT_TDP = 0xffffff01 };

typedef std::map<std::string, std::string> Settings;

static bool stateful() { return !variable("FAKE_NVML_STATE").empty(); }

// One process at a time.
class Exclusive {
    int file;

  public:
    Exclusive() : file(open((variable("FAKE_NVML_STATE") + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
        flock(file, LOCK_EX);
    }
    ~Exclusive() { close(file); }
};

static Settings settings() {
    Settings found;
    FILE *file = fopen(variable("FAKE_NVML_STATE").c_str(), "r");
    if (!file) {
        return found;
    }
    char name[96], key[32], value[64];
    while (fscanf(file, "%95s %31s %63[^\n]", name, key, value) == 3) {
        found[std::string(name) + " " + key] = value;
    }
    fclose(file);
    return found;
}

static std::string setting(Gpu *gpu, const char *key) {
    if (!stateful()) {
        return "";
    }
    Exclusive alone;
    Settings all = settings();
    return all[std::string(gpu->uuid) + " " + key];
}

// Without a value, the setting is again as a GPU starts.
static void set(Gpu *gpu, const char *key, const std::string &value) {
    if (!stateful()) {
        return;
    }
    Exclusive alone;
    Settings all = settings();
    std::string name = std::string(gpu->uuid) + " " + key;
    if (value.empty()) {
        all.erase(name);
    } else {
        all[name] = value;
    }
    // Whole or not at all: whoever is killed in the middle leaves the old state.
    std::string path = variable("FAKE_NVML_STATE"), fresh = path + ".new";
    FILE *file = fopen(fresh.c_str(), "w");
    for (auto &entry : all) {
        fprintf(file, "%s %s\n", entry.first.c_str(), entry.second.c_str());
    }
    fclose(file);
    rename(fresh.c_str(), path.c_str());
}

static unsigned number(Gpu *gpu, const char *key, unsigned otherwise) {
    std::string text = setting(gpu, key);
    return text.empty() ? otherwise : (unsigned)strtoul(text.c_str(), nullptr, 10);
}

// Whether this process is a worker, which has a context on the GPU.
static bool is_worker() {
    char line[256] = {0};
    FILE *file = fopen("/proc/self/cmdline", "r");
    size_t length = file ? fread(line, 1, sizeof line - 1, file) : 0;
    if (file) {
        fclose(file);
    }
    size_t first = strlen(line) + 1;
    return first < length && strcmp(line + first, "worker") == 0;
}

// The workers' readings of a locked SM clock so far, with this one where it `counts`.
static long readings(bool counts) {
    std::string path = variable("FAKE_NVML_STATE") + ".readings";
    if (counts) {
        FILE *file = fopen(path.c_str(), "a");
        fputc('.', file);
        fclose(file);
    }
    struct stat found;
    return stat(path.c_str(), &found) ? 0 : (long)found.st_size;
}

// Whether the fault FAULT:FROM:TO acts at the last reading.
static bool acts(const char *fault) {
    std::string wanted = variable("FAKE_NVML_FAULT"), start = std::string(fault) + ":";
    if (wanted.compare(0, start.size(), start) != 0) {
        return false;
    }
    long from = 0, to = 0, last = readings(false) - 1;
    sscanf(wanted.c_str() + start.size(), "%ld:%ld", &from, &to);
    return from <= last && last < to;
}

static unsigned sm_clock(Gpu *gpu) {
    std::string lock = setting(gpu, "sm");
    if (lock.empty()) {
        return setup("foreign") || setup("capped") ? FOREIGN_MHZ : gpu->max_sm_mhz;
    }
    readings(is_worker());
    unsigned clock = (unsigned)strtoul(lock.c_str(), nullptr, 10);
    clock = clock == LIMIT_TDP ? BASE_MHZ : clock;
    return acts("sag") || acts("thermal") ? clock - 300 : clock;
}

static unsigned long long reasons_of(Gpu *gpu) {
    return setup("capped") ? 0x4 : !setting(gpu, "sm").empty() && acts("thermal") ? 0x40 : 0;
}

// Whether the GPU is gone; and what takes its time.
static bool lost_or_slow(const std::string &call) {
    std::string wanted = variable("FAKE_NVML_FAULT");
    if (wanted == "hang:" + call) {
        sleep(30);
    }
    return wanted == "lost-when-locked" && stateful() && !settings()[std::string(whole.uuid) + " sm"].empty();
}
