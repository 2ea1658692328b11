#pragma once
// Collectives between GPUs with NCCL (libnccl.so.2).

#include <stddef.h>

#include "CCUDADriver.h"

typedef int ncclResult_t;
typedef struct spw_communicator *ncclComm_t;

enum {
  SPW_NCCL_SUCCESS = 0,
  SPW_NCCL_BFLOAT16 = 9,
  SPW_NCCL_SUM = 0,
};

typedef const char *(*ncclGetErrorString_t)(ncclResult_t result);
typedef ncclResult_t (*ncclGetVersion_t)(int *version);
typedef ncclResult_t (*ncclCommInitAll_t)(ncclComm_t *communicators, int count, const int *devices);
typedef ncclResult_t (*ncclCommDestroy_t)(ncclComm_t communicator);
typedef ncclResult_t (*ncclCommAbort_t)(ncclComm_t communicator);
typedef ncclResult_t (*ncclGroupStart_t)(void);
typedef ncclResult_t (*ncclGroupEnd_t)(void);
typedef ncclResult_t (*ncclAllReduce_t)(
    CUdeviceptr from, CUdeviceptr to, size_t count, int type, int operation, ncclComm_t communicator, CUstream stream);
typedef ncclResult_t (*ncclReduceScatter_t)(
    CUdeviceptr from, CUdeviceptr to, size_t countEach, int type, int operation, ncclComm_t communicator,
    CUstream stream);
typedef ncclResult_t (*ncclAllGather_t)(
    CUdeviceptr from, CUdeviceptr to, size_t countEach, int type, ncclComm_t communicator, CUstream stream);
