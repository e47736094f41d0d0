// An NVRTC for tests: it compiles nothing. What it gives the fake driver is the names of the kernels that a source
// has and that are asked for. A line with `#error` is a mistake, and so is a name that no `__global__` carries.

#include <stdio.h>
#include <string.h>

#include <string>
#include <vector>

struct Program {
    std::string source, name, log, cubin;
    std::vector<std::string> expressions;
};

// `scale` of `scale<float>`.
static std::string plain(const std::string &expression) {
    return expression.substr(0, expression.find('<'));
}

// The place of the kernel `name` in `source`: after a `__global__`, before a parenthesis.
static bool has_kernel(const std::string &source, const std::string &name) {
    for (size_t at = 0; (at = source.find("__global__", at)) != std::string::npos; ++at) {
        std::string head = source.substr(at, source.find('(', at) - at);
        size_t end = head.find_last_not_of(" \n");
        std::string last = end + 1 >= name.size() ? head.substr(end + 1 - name.size(), name.size()) : "";
        if (last == name) {
            return true;
        }
    }
    return false;
}

static void mistake(Program *program, size_t at, const std::string &text) {
    int line = 1;
    for (size_t i = 0; i < at; ++i) {
        line += program->source[i] == '\n';
    }
    program->log += program->name + "(" + std::to_string(line) + "): error: " + text + "\n";
}

static int text(const std::string &from, char *to) {
    memcpy(to, from.c_str(), from.size() + 1);
    return 0;
}

extern "C" {
int nvrtcVersion(int *major, int *minor) {
    *major = 13;
    *minor = 0;
    return 0;
}
const char *nvrtcGetErrorString(int code) {
    return code == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR_INVALID_INPUT";
}
int nvrtcGetNumSupportedArchs(int *count) {
    *count = 3;
    return 0;
}
int nvrtcGetSupportedArchs(int *archs) {
    archs[0] = 80, archs[1] = 90, archs[2] = 100;
    return 0;
}
int nvrtcCreateProgram(Program **program, const char *source, const char *name, int, const char *const *,
                       const char *const *) {
    *program = new Program{source, name, "", "", {}};
    return 0;
}
int nvrtcDestroyProgram(Program **program) {
    delete *program;
    return 0;
}
int nvrtcAddNameExpression(Program *program, const char *expression) {
    program->expressions.push_back(expression);
    return 0;
}
int nvrtcCompileProgram(Program *program, int, const char *const *) {
    size_t at = program->source.find("#error");
    if (at != std::string::npos) {
        mistake(program, at, "#error directive");
    }
    program->cubin = "FAKE CUBIN\n";
    for (const std::string &expression : program->expressions) {
        if (!has_kernel(program->source, plain(expression))) {
            // As NVRTC says it.
            program->log += "__nv_name_map(2): error: Error in parsing name expression for lowered name lookup. Input "
                            "name expression was: \" " + expression + "\"\n";
        }
        program->cubin += plain(expression) + "\n";
    }
    return program->log.empty() ? 0 : 6;
}
int nvrtcGetProgramLogSize(Program *program, size_t *size) {
    *size = program->log.size() + 1;
    return 0;
}
int nvrtcGetProgramLog(Program *program, char *log) { return text(program->log, log); }
int nvrtcGetCUBINSize(Program *program, size_t *size) {
    *size = program->cubin.size() + 1;
    return 0;
}
int nvrtcGetCUBIN(Program *program, char *cubin) { return text(program->cubin, cubin); }
int nvrtcGetLoweredName(Program *program, const char *expression, const char **name) {
    static thread_local std::string lowered;
    lowered = plain(expression);
    *name = lowered.c_str();
    return program ? 0 : 3;
}
}
