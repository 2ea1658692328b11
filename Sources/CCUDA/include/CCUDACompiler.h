#pragma once
// The run-time compiler (libnvrtc), as of CUDA 11.1 and later.

#include <stddef.h>

typedef int nvrtcResult;
typedef struct spw_program *nvrtcProgram;

typedef const char *(*nvrtcGetErrorString_t)(nvrtcResult result);
typedef nvrtcResult (*nvrtcVersion_t)(int *major, int *minor);
typedef nvrtcResult (*nvrtcCreateProgram_t)(
    nvrtcProgram *program, const char *source, const char *name, int headers, const char *const *headerSources,
    const char *const *headerNames);
typedef nvrtcResult (*nvrtcDestroyProgram_t)(nvrtcProgram *program);
typedef nvrtcResult (*nvrtcCompileProgram_t)(nvrtcProgram program, int count, const char *const *options);
typedef nvrtcResult (*nvrtcGetCUBINSize_t)(nvrtcProgram program, size_t *bytes);
typedef nvrtcResult (*nvrtcGetCUBIN_t)(nvrtcProgram program, char *image);
typedef nvrtcResult (*nvrtcGetProgramLogSize_t)(nvrtcProgram program, size_t *bytes);
typedef nvrtcResult (*nvrtcGetProgramLog_t)(nvrtcProgram program, char *log);
