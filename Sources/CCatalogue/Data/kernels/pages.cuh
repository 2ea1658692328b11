// Numbers of a head and tokens of a page, and where rows lie in shared memory.
#pragma once
#include "intrinsics.cuh"

#if !defined(WIDTH) || !defined(PAGE)
#error "compile with -DWIDTH=128 -DPAGE=16, as AttentionWork has them"
#endif

// Address in a tile of rows of 256 bytes whose 16-byte pieces are permuted so that eight rows hit all banks.
static __device__ __forceinline__ u32 piece(u32 tile, int row, int index) {
  return tile + row * 256 + ((index ^ (row & 7)) << 4);
}
