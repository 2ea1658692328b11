#pragma once
// Types, constants and function types of NVIDIA's libraries, declared here so that nothing of CUDA is needed to build.
// Each function type is named after the symbol that it is loaded from, with `_t`. Values are those that the libraries'
// binary interfaces fix; they have not changed since the versions named.

#include "CCUDADriver.h"
#include "CCUDACompiler.h"
#include "CCUDAManagement.h"
#include "CuBLASLt.h"
#include "NCCL.h"
