// The same attention as prefill.cu for Hopper GPUs, on the tensor cores' asynchronous instructions (`wgmma`,
// compute capability 9.0a), which read keys and values from shared memory themselves.
//
// A block takes one query head and 128 queries, 64 for each of two groups of four warps; keys and values come in
// tiles of 128 tokens, two in flight. A tile is two halves of 64 numbers of each row, in rows of 128 bytes whose
// 16-byte pieces are permuted as the instructions expect it ("128-byte swizzling").
#include "pages.cuh"

#define QUERIES 128
#define TOKENS 128
#define HALF_BYTES (128 * 128)
#define TILE_BYTES (2 * HALF_BYTES)

static __device__ __forceinline__ u32 swizzled(u32 tile, int row, int index) {
  return tile + (index >> 3) * HALF_BYTES + row * 128 + (((index & 7) ^ (row & 7)) << 4);
}
// What an instruction is told of a tile: its address, the distances between its parts, and the permutation.
static __device__ __forceinline__ u64 descriptor(u32 address, u64 leading, u64 stride) {
  return (u64)((address & 0x3ffff) >> 4) | (leading >> 4) << 16 | (stride >> 4) << 32 | 1ull << 62;
}
#define FOUR(d, i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])
#define SIXTEEN(d, i) FOUR(d, i), FOUR(d, i + 4), FOUR(d, i + 8), FOUR(d, i + 12)
#define ALL(d) SIXTEEN(d, 0), SIXTEEN(d, 16), SIXTEEN(d, 32), SIXTEEN(d, 48)
// 64 x 128 scores: queries and keys both from shared memory, rows of both along the width.
static __device__ __forceinline__ void multiply_keys(float (&d)[64], u64 a, u64 b, int add) {
  asm volatile(
      "{\n.reg .pred p;\nsetp.ne.b32 p, %66, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63 "
      "}, %64, %65, p, 1, 1, 0, 0;\n}\n"
      : ALL(d) : "l"(a), "l"(b), "r"(add));
}
// 64 x 128 results: weights from registers, values from shared memory with their rows across.
static __device__ __forceinline__ void multiply_values(float (&d)[64], const u32 (&a)[4], u64 b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63 "
      "}, {%64, %65, %66, %67}, %68, 1, 1, 1, 1;\n"
      : ALL(d) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
static __device__ __forceinline__ void begin_products() { asm volatile("wgmma.fence.sync.aligned;\n" ::: "memory"); }
static __device__ __forceinline__ void finish_products() {
  asm volatile("wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;\n" ::: "memory");
}
// What ordinary copies wrote to shared memory becomes visible to the tensor cores.
static __device__ __forceinline__ void publish() { asm volatile("fence.proxy.async.shared::cta;\n" ::: "memory"); }

static __device__ __forceinline__ void load_tile(
    u32 to, const u16* from, const int* table, int tile, int lastPage, int head, int keyHeads, int thread) {
#pragma unroll
  for (int i = 0; i < 8; i++) {
    int row = (thread >> 4) + 16 * i, index = thread & 15;
    // Rows past the last page repeat it; their scores are masked.
    long page = table[min(tile * (TOKENS / PAGE) + row / PAGE, lastPage)];
    copy16(swizzled(to, row, index), from + ((page * PAGE + row % PAGE) * keyHeads + head) * (long)WIDTH + index * 8);
  }
}

extern "C" __global__ void __launch_bounds__(256, 1) prefill_attention(
    const u16* queries, const u16* keys, const u16* values, const int* pages, u16* output, int heads, int keyHeads,
    int chunk, int context, float scale) {
  extern __shared__ __align__(128) unsigned char memory[];
  const int thread = threadIdx.x, lane = thread & 31, half = thread >> 7, warp = (thread >> 5) & 3;
  const int head = blockIdx.y, keyHead = head / (heads / keyHeads);
  // The last queries look at most tokens; they start first.
  const int first = (gridDim.x - 1 - blockIdx.x) * QUERIES;
  const int total = context + chunk, lastPage = (total - 1) / PAGE;
  const int seen = min(total, context + first + QUERIES), tiles = (seen + TOKENS - 1) / TOKENS;
  const u32 q = (shared_address(memory) + 1023) / 1024 * 1024, k = q + TILE_BYTES, v = k + 2 * TILE_BYTES;

#pragma unroll
  for (int i = 0; i < 8; i++) {
    int row = (thread >> 4) + 16 * i, index = thread & 15;
    copy16(
        swizzled(q, row, index), queries + ((long)min(first + row, chunk - 1) * heads + head) * WIDTH + index * 8);
  }
  load_tile(k, keys, pages, 0, lastPage, keyHead, keyHeads, thread);
  commit_copies();
  load_tile(v, values, pages, 0, lastPage, keyHead, keyHeads, thread);
  commit_copies();

  float o[64], s[64], top[2] = {minus_infinity(), minus_infinity()}, sum[2] = {0, 0};
#pragma unroll
  for (int i = 0; i < 64; i++) o[i] = 0;
  const int column = (lane & 3) * 2, row = half * 64 + warp * 16 + (lane >> 2);

  for (int tile = 0; tile < tiles; tile++) {
    const u32 kTile = k + (tile & 1) * TILE_BYTES, vTile = v + (tile & 1) * TILE_BYTES;
    wait_copies<1>();
    publish();
    __syncthreads();
    if (tile + 1 < tiles)
      load_tile(k + (~tile & 1) * TILE_BYTES, keys, pages, tile + 1, lastPage, keyHead, keyHeads, thread);
    commit_copies();

    begin_products();
#pragma unroll
    for (int i = 0; i < 8; i++) {
      const u32 along = (i >> 2) * HALF_BYTES + (i & 3) * 32;
      multiply_keys(s, descriptor(q + half * 64 * 128 + along, 16, 1024), descriptor(kTile + along, 16, 1024), i > 0);
    }
    finish_products();

    const bool masked = (tile + 1) * TOKENS > context + first + half * 64 + warp * 16;
#pragma unroll
    for (int h = 0; h < 2; h++) {
      if (masked) {
        const int last = context + first + row + 8 * h;
#pragma unroll
        for (int i = 0; i < 16; i++)
#pragma unroll
          for (int j = 0; j < 2; j++)
            if (tile * TOKENS + i * 8 + column + j > last) s[4 * i + 2 * h + j] = minus_infinity();
      }
      float most = top[h];
#pragma unroll
      for (int i = 0; i < 16; i++) most = fmaxf(most, fmaxf(s[4 * i + 2 * h], s[4 * i + 2 * h + 1]));
      most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, 1));
      most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, 2));
      const float shrink = power_of_two((top[h] - most) * scale), offset = most * scale;
      top[h] = most;
      float more = 0;
#pragma unroll
      for (int i = 0; i < 16; i++)
#pragma unroll
        for (int j = 0; j < 2; j++) {
          float p = power_of_two(s[4 * i + 2 * h + j] * scale - offset);
          s[4 * i + 2 * h + j] = p;
          more += p;
        }
      sum[h] = sum[h] * shrink + more;
#pragma unroll
      for (int i = 0; i < 16; i++) {
        o[4 * i + 2 * h] *= shrink;
        o[4 * i + 2 * h + 1] *= shrink;
      }
    }
    u32 p[8][4];
#pragma unroll
    for (int i = 0; i < 8; i++)
#pragma unroll
      for (int j = 0; j < 4; j++) p[i][j] = pack(s[8 * i + 2 * j], s[8 * i + 2 * j + 1]);

    wait_copies<1>();
    publish();
    __syncthreads();
    if (tile + 1 < tiles)
      load_tile(v + (~tile & 1) * TILE_BYTES, values, pages, tile + 1, lastPage, keyHead, keyHeads, thread);
    commit_copies();
    begin_products();
#pragma unroll
    for (int i = 0; i < 8; i++)
      multiply_values(o, p[i], descriptor(vTile + i * 16 * 128, HALF_BYTES, 1024));
    finish_products();
  }

#pragma unroll
  for (int h = 0; h < 2; h++) {
    sum[h] += __shfl_xor_sync(0xffffffffu, sum[h], 1);
    sum[h] += __shfl_xor_sync(0xffffffffu, sum[h], 2);
    const int query = first + row + 8 * h;
    if (query >= chunk) continue;
    const float part = 1.0f / sum[h];
#pragma unroll
    for (int i = 0; i < 16; i++)
      *(u32*)(output + ((long)query * heads + head) * WIDTH + i * 8 + column) =
          pack(o[4 * i + 2 * h] * part, o[4 * i + 2 * h + 1] * part);
  }
}
