#pragma once
// The CUDA driver (libcuda.so.1), as of CUDA 11.4 and later.

#include <stddef.h>
#include <stdint.h>

typedef int CUresult;
typedef int CUdevice;
// An address in the one address space of all GPUs and pinned host memory.
typedef uint64_t CUdeviceptr;
typedef struct spw_context *CUcontext;
typedef struct spw_stream *CUstream;
typedef struct spw_event *CUevent;
typedef struct spw_module *CUmodule;
typedef struct spw_function *CUfunction;
typedef struct spw_graph *CUgraph;
typedef struct spw_graph_exec *CUgraphExec;

// Results that are told apart; the driver names all others itself.
enum {
  SPW_CUDA_SUCCESS = 0,
  SPW_CUDA_INVALID_VALUE = 1,
  SPW_CUDA_OUT_OF_MEMORY = 2,
  SPW_CUDA_NO_DEVICE = 100,
  SPW_CUDA_PEER_ACCESS_ALREADY_ENABLED = 704,
};

// What a device is asked for.
enum {
  SPW_DEVICE_CLOCK_KHZ = 13,
  SPW_DEVICE_MULTIPROCESSORS = 16,
  SPW_DEVICE_MEMORY_CLOCK_KHZ = 36,
  SPW_DEVICE_MEMORY_BUS_BITS = 37,
  SPW_DEVICE_L2_BYTES = 38,
  SPW_DEVICE_COPY_ENGINES = 40,
  SPW_DEVICE_CAPABILITY_MAJOR = 75,
  SPW_DEVICE_CAPABILITY_MINOR = 76,
  SPW_DEVICE_SHARED_MEMORY_PER_BLOCK = 97,
};

enum {
  SPW_STREAM_NON_BLOCKING = 0x1,
  SPW_EVENT_NO_TIMING = 0x2,
  SPW_HOST_PORTABLE = 0x1,
  SPW_FUNCTION_REGISTERS = 4,
  SPW_FUNCTION_DYNAMIC_SHARED_MEMORY = 8,
  // Capture without regard to what other threads do.
  SPW_CAPTURE_RELAXED = 2,
};

typedef CUresult (*cuInit_t)(unsigned int flags);
typedef CUresult (*cuDriverGetVersion_t)(int *version);
typedef CUresult (*cuGetErrorName_t)(CUresult result, const char **name);
typedef CUresult (*cuGetErrorString_t)(CUresult result, const char **text);

typedef CUresult (*cuDeviceGetCount_t)(int *count);
typedef CUresult (*cuDeviceGet_t)(CUdevice *device, int ordinal);
typedef CUresult (*cuDeviceGetName_t)(char *name, int length, CUdevice device);
typedef CUresult (*cuDeviceTotalMem_t)(size_t *bytes, CUdevice device);
typedef CUresult (*cuDeviceGetAttribute_t)(int *value, int attribute, CUdevice device);
typedef CUresult (*cuDeviceGetPCIBusId_t)(char *text, int length, CUdevice device);
typedef CUresult (*cuDeviceCanAccessPeer_t)(int *can, CUdevice device, CUdevice peer);

typedef CUresult (*cuDevicePrimaryCtxRetain_t)(CUcontext *context, CUdevice device);
typedef CUresult (*cuDevicePrimaryCtxRelease_t)(CUdevice device);
typedef CUresult (*cuCtxSetCurrent_t)(CUcontext context);
typedef CUresult (*cuCtxSynchronize_t)(void);
typedef CUresult (*cuCtxEnablePeerAccess_t)(CUcontext peer, unsigned int flags);

typedef CUresult (*cuMemAlloc_t)(CUdeviceptr *pointer, size_t bytes);
typedef CUresult (*cuMemFree_t)(CUdeviceptr pointer);
typedef CUresult (*cuMemGetInfo_t)(size_t *free, size_t *total);
typedef CUresult (*cuMemHostAlloc_t)(void **pointer, size_t bytes, unsigned int flags);
typedef CUresult (*cuMemFreeHost_t)(void *pointer);
typedef CUresult (*cuMemcpyAsync_t)(CUdeviceptr target, CUdeviceptr source, size_t bytes, CUstream stream);
typedef CUresult (*cuMemsetD32Async_t)(CUdeviceptr target, unsigned int word, size_t words, CUstream stream);

typedef CUresult (*cuStreamCreate_t)(CUstream *stream, unsigned int flags);
typedef CUresult (*cuStreamDestroy_t)(CUstream stream);
typedef CUresult (*cuStreamSynchronize_t)(CUstream stream);
typedef CUresult (*cuStreamWaitEvent_t)(CUstream stream, CUevent event, unsigned int flags);
typedef CUresult (*cuEventCreate_t)(CUevent *event, unsigned int flags);
typedef CUresult (*cuEventDestroy_t)(CUevent event);
typedef CUresult (*cuEventRecord_t)(CUevent event, CUstream stream);
typedef CUresult (*cuEventSynchronize_t)(CUevent event);
typedef CUresult (*cuEventElapsedTime_t)(float *milliseconds, CUevent start, CUevent end);

typedef CUresult (*cuModuleLoadDataEx_t)(
    CUmodule *module, const void *image, unsigned int count, int *options, void **values);
typedef CUresult (*cuModuleUnload_t)(CUmodule module);
typedef CUresult (*cuModuleGetFunction_t)(CUfunction *function, CUmodule module, const char *name);
typedef CUresult (*cuFuncSetAttribute_t)(CUfunction function, int attribute, int value);
typedef CUresult (*cuFuncGetAttribute_t)(int *value, int attribute, CUfunction function);
typedef CUresult (*cuOccupancyMaxActiveBlocksPerMultiprocessor_t)(
    int *blocks, CUfunction function, int threads, size_t dynamicSharedBytes);
typedef CUresult (*cuLaunchKernel_t)(
    CUfunction function, unsigned int gridX, unsigned int gridY, unsigned int gridZ, unsigned int blockX,
    unsigned int blockY, unsigned int blockZ, unsigned int dynamicSharedBytes, CUstream stream, void **parameters,
    void **extra);

typedef CUresult (*cuStreamBeginCapture_t)(CUstream stream, int mode);
typedef CUresult (*cuStreamEndCapture_t)(CUstream stream, CUgraph *graph);
typedef CUresult (*cuGraphInstantiateWithFlags_t)(CUgraphExec *executable, CUgraph graph, unsigned long long flags);
typedef CUresult (*cuGraphLaunch_t)(CUgraphExec executable, CUstream stream);
typedef CUresult (*cuGraphExecDestroy_t)(CUgraphExec executable);
typedef CUresult (*cuGraphDestroy_t)(CUgraph graph);
