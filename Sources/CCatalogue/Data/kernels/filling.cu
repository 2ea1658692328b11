// Fills memory with numbers that are not zero and not alike, because zeros are multiplied with less power; and the
// kernel that does nothing.
#include "intrinsics.cuh"

static __device__ __forceinline__ u32 hash(u64 x) {
  x ^= x >> 33; x *= 0xff51afd7ed558ccdull; x ^= x >> 33; x *= 0xc4ceb9fe1a85ec53ull;
  return (u32)(x ^ (x >> 32));
}
// About normal with deviation 1: the sum of four bytes, centred.
static __device__ __forceinline__ float bell(u32 h) {
  int sum = (int)(h & 255) + (int)((h >> 8) & 255) + (int)((h >> 16) & 255) + (int)(h >> 24);
  return (float)(sum - 510) * (1.0f / 147.8f);
}
extern "C" __global__ void fill_bfloat16(u32* to, u64 words, u64 seed) {
  u64 step = (u64)gridDim.x * blockDim.x;
  for (u64 i = (u64)blockIdx.x * blockDim.x + threadIdx.x; i < words; i += step)
    to[i] = pack(bell(hash(seed + 2 * i)), bell(hash(seed + 2 * i + 1)));
}
// e4m3 bytes of numbers between -1 and 1, about evenly spread; never NaN.
extern "C" __global__ void fill_fp8(u32* to, u64 words, u64 seed) {
  u64 step = (u64)gridDim.x * blockDim.x;
  for (u64 i = (u64)blockIdx.x * blockDim.x + threadIdx.x; i < words; i += step) {
    u32 word = 0;
    for (int j = 0; j < 4; j++) {
      u32 h = hash(seed + 4 * i + j);
      int zeros = __ffs((h >> 8) | 64) - 1;
      word |= ((h & 0x87) | ((u32)(6 - zeros) << 3)) << (8 * j);
    }
    to[i] = word;
  }
}
extern "C" __global__ void nothing() {}
