#pragma once
// Matrix products with cuBLASLt (libcublasLt.so.12 and .13).

#include <stddef.h>
#include <stdint.h>

#include "CCUDADriver.h"

typedef int cublasStatus_t;
typedef struct spw_blas *cublasLtHandle_t;
typedef struct spw_matmul *cublasLtMatmulDesc_t;
typedef struct spw_layout *cublasLtMatrixLayout_t;
typedef struct spw_preference *cublasLtMatmulPreference_t;

enum {
  SPW_CUBLAS_SUCCESS = 0,
  SPW_CUBLAS_NOT_SUPPORTED = 15,
  // Element types, as of the runtime's cudaDataType.
  SPW_TYPE_FLOAT32 = 0,
  SPW_TYPE_BFLOAT16 = 14,
  SPW_TYPE_FP8_E4M3 = 28,
  // Products of bf16 or fp8 summed in 32-bit floating point.
  SPW_COMPUTE_FLOAT32 = 68,
  SPW_OPERATION_TRANSPOSE = 1,
  // Attributes of a product.
  SPW_MATMUL_TRANSPOSE_A = 3,
  SPW_MATMUL_FAST_ACCUMULATION = 25,
  // Attributes of a search for algorithms.
  SPW_PREFERENCE_WORKSPACE_BYTES = 1,
};

// An algorithm with its settings, opaque.
typedef struct {
  uint64_t data[8];
} cublasLtMatmulAlgo_t;

// One answer of the heuristic.
typedef struct {
  cublasLtMatmulAlgo_t algo;
  size_t workspaceSize;
  cublasStatus_t state;
  float wavesCount;
  int reserved[4];
} cublasLtMatmulHeuristicResult_t;

typedef const char *(*cublasLtGetStatusName_t)(cublasStatus_t status);
typedef size_t (*cublasLtGetVersion_t)(void);
typedef cublasStatus_t (*cublasLtCreate_t)(cublasLtHandle_t *handle);
typedef cublasStatus_t (*cublasLtDestroy_t)(cublasLtHandle_t handle);
typedef cublasStatus_t (*cublasLtMatmulDescCreate_t)(cublasLtMatmulDesc_t *product, int computeType, int scaleType);
typedef cublasStatus_t (*cublasLtMatmulDescDestroy_t)(cublasLtMatmulDesc_t product);
typedef cublasStatus_t (*cublasLtMatmulDescSetAttribute_t)(
    cublasLtMatmulDesc_t product, int attribute, const void *value, size_t bytes);
typedef cublasStatus_t (*cublasLtMatrixLayoutCreate_t)(
    cublasLtMatrixLayout_t *layout, int type, uint64_t rows, uint64_t columns, int64_t leadingDimension);
typedef cublasStatus_t (*cublasLtMatrixLayoutDestroy_t)(cublasLtMatrixLayout_t layout);
typedef cublasStatus_t (*cublasLtMatmulPreferenceCreate_t)(cublasLtMatmulPreference_t *preference);
typedef cublasStatus_t (*cublasLtMatmulPreferenceDestroy_t)(cublasLtMatmulPreference_t preference);
typedef cublasStatus_t (*cublasLtMatmulPreferenceSetAttribute_t)(
    cublasLtMatmulPreference_t preference, int attribute, const void *value, size_t bytes);
typedef cublasStatus_t (*cublasLtMatmulAlgoGetHeuristic_t)(
    cublasLtHandle_t handle, cublasLtMatmulDesc_t product, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
    cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d, cublasLtMatmulPreference_t preference, int wanted,
    cublasLtMatmulHeuristicResult_t *results, int *found);
// `alpha` and `beta` are in host memory, all other pointers on the device.
typedef cublasStatus_t (*cublasLtMatmul_t)(
    cublasLtHandle_t handle, cublasLtMatmulDesc_t product, const void *alpha, CUdeviceptr a, cublasLtMatrixLayout_t aLayout,
    CUdeviceptr b, cublasLtMatrixLayout_t bLayout, const void *beta, CUdeviceptr c, cublasLtMatrixLayout_t cLayout,
    CUdeviceptr d, cublasLtMatrixLayout_t dLayout, const cublasLtMatmulAlgo_t *algorithm, CUdeviceptr workspace,
    size_t workspaceBytes, CUstream stream);
