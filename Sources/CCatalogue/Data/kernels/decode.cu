// Decode attention over a paged cache (head width 128, pages of 16 tokens, bf16, pages laid out token, head, width).
//
// A block takes one sequence, one key-value head (with up to 16 of the query heads that share it) and one stretch of
// the context. Each of its four warps streams pages of its own through shared memory, three in flight, and keeps a
// running softmax; the warps, and then the stretches, are merged. The product runs on tensor cores with the query
// heads as rows, so that a group of eight costs little more than one.
#include "pages.cuh"

#define STAGES 3
#define PAGE_BYTES (PAGE * WIDTH * 2)

static __device__ __forceinline__ void load_page(
    u32 to, const u16* keys, const u16* values, long page, int head, int keyHeads, int lane) {
  const long first = (page * PAGE * keyHeads + head) * (long)WIDTH;
#pragma unroll
  for (int i = 0; i < 8; i++) {
    int row = (lane >> 4) + 2 * i, index = lane & 15;
    long from = first + (long)row * keyHeads * WIDTH + index * 8;
    copy16(piece(to, row, index), keys + from);
    copy16(piece(to + PAGE_BYTES, row, index), values + from);
  }
}

extern "C" __global__ void __launch_bounds__(128) decode_attention(
    const u16* queries, const u16* keys, const u16* values, const int* pages, const int* contexts, u16* output,
    float* partial, int heads, int keyHeads, int pagesPerSequence, int pagesPerSplit, float scale) {
  extern __shared__ __align__(128) unsigned char memory[];
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  const int group = heads / keyHeads, tiles = (group + 15) / 16;
  const int keyHead = blockIdx.y / tiles, tile = blockIdx.y % tiles;
  const int sequence = blockIdx.z, split = blockIdx.x, splits = gridDim.x;
  const int context = contexts[sequence];
  const int inTile = min(16, group - tile * 16), firstHead = keyHead * group + tile * 16;
  const int begin = split * pagesPerSplit;
  const int end = min((context + PAGE - 1) / PAGE, begin + pagesPerSplit);
  const int* table = pages + (long)sequence * pagesPerSequence;
  const u32 base = shared_address(memory) + warp * STAGES * 2 * PAGE_BYTES;

#pragma unroll
  for (int stage = 0; stage < STAGES - 1; stage++) {
    int index = begin + warp + 4 * stage;
    if (index < end) load_page(base + stage * 2 * PAGE_BYTES, keys, values, table[index], keyHead, keyHeads, lane);
    commit_copies();
  }

  u32 q[8][4];
  const int row = lane >> 2, column = (lane & 3) * 2;
#pragma unroll
  for (int k = 0; k < 8; k++)
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int r = row + (j & 1) * 8, c = k * 16 + column + (j >> 1) * 8;
      q[k][j] = r < inTile ? *(const u32*)(queries + ((long)sequence * heads + firstHead + r) * WIDTH + c) : 0;
    }

  float o[16][4], top[2] = {minus_infinity(), minus_infinity()}, sum[2] = {0, 0};
#pragma unroll
  for (int i = 0; i < 16; i++)
#pragma unroll
    for (int j = 0; j < 4; j++) o[i][j] = 0;

  const int matrix = lane >> 3, line = lane & 7;
  int stage = 0;
  for (int index = begin + warp; index < end; index += 4) {
    int ahead = index + 4 * (STAGES - 1), slot = stage + STAGES - 1 >= STAGES ? stage - 1 : stage + STAGES - 1;
    wait_copies<STAGES - 2>();
    __syncwarp();
    if (ahead < end)
      load_page(base + slot * 2 * PAGE_BYTES, keys, values, table[ahead], keyHead, keyHeads, lane);
    commit_copies();
    const u32 k = base + stage * 2 * PAGE_BYTES, v = k + PAGE_BYTES;
    float s[2][4] = {{0, 0, 0, 0}, {0, 0, 0, 0}};
#pragma unroll
    for (int i = 0; i < 8; i++) {
      u32 b[4];
      load_fragments(b, piece(k, line + (matrix >> 1) * 8, i * 2 + (matrix & 1)));
      multiply(s[0], q[i], b[0], b[1]);
      multiply(s[1], q[i], b[2], b[3]);
    }
    const int token = index * PAGE + column;
#pragma unroll
    for (int t = 0; t < 2; t++)
#pragma unroll
      for (int j = 0; j < 4; j++)
        s[t][j] = token + t * 8 + (j & 1) < context ? s[t][j] * scale : minus_infinity();
#pragma unroll
    for (int h = 0; h < 2; h++) {
      float most = fmaxf(fmaxf(s[0][2 * h], s[0][2 * h + 1]), fmaxf(s[1][2 * h], s[1][2 * h + 1]));
      most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, 1));
      most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, 2));
      most = fmaxf(most, top[h]);
      float shrink = power_of_two(top[h] - most);
      top[h] = most;
      sum[h] *= shrink;
#pragma unroll
      for (int t = 0; t < 2; t++)
#pragma unroll
        for (int j = 0; j < 2; j++) {
          s[t][2 * h + j] = power_of_two(s[t][2 * h + j] - most);
          sum[h] += s[t][2 * h + j];
        }
#pragma unroll
      for (int i = 0; i < 16; i++) {
        o[i][2 * h] *= shrink;
        o[i][2 * h + 1] *= shrink;
      }
    }
    const u32 p[4] = {pack(s[0][0], s[0][1]), pack(s[0][2], s[0][3]), pack(s[1][0], s[1][1]), pack(s[1][2], s[1][3])};
#pragma unroll
    for (int i = 0; i < 8; i++) {
      u32 b[4];
      load_transposed(b, piece(v, line + (matrix & 1) * 8, i * 2 + (matrix >> 1)));
      multiply(o[2 * i], p, b[0], b[1]);
      multiply(o[2 * i + 1], p, b[2], b[3]);
    }
    stage = stage + 1 == STAGES ? 0 : stage + 1;
  }
  wait_copies<0>();
  __syncthreads();

  // The warps' results side by side in shared memory: 16 rows of 128 numbers each, then largest score and sum.
  float* results = (float*)memory;
  float* tops = results + 4 * 16 * WIDTH;
  float* sums = tops + 64;
#pragma unroll
  for (int h = 0; h < 2; h++) {
    sum[h] += __shfl_xor_sync(0xffffffffu, sum[h], 1);
    sum[h] += __shfl_xor_sync(0xffffffffu, sum[h], 2);
    int r = row + 8 * h;
    if ((lane & 3) == 0) {
      tops[warp * 16 + r] = top[h];
      sums[warp * 16 + r] = sum[h];
    }
#pragma unroll
    for (int i = 0; i < 16; i++) {
      results[(warp * 16 + r) * WIDTH + i * 8 + column] = o[i][2 * h];
      results[(warp * 16 + r) * WIDTH + i * 8 + column + 1] = o[i][2 * h + 1];
    }
  }
  __syncthreads();
  const int d = threadIdx.x;
  for (int r = 0; r < inTile; r++) {
    float most = minus_infinity(), total = 0, value = 0;
    for (int w = 0; w < 4; w++) most = fmaxf(most, tops[w * 16 + r]);
    for (int w = 0; w < 4; w++) {
      if (sums[w * 16 + r] == 0) continue;
      float weight = power_of_two(tops[w * 16 + r] - most);
      total += weight * sums[w * 16 + r];
      value += weight * results[(w * 16 + r) * WIDTH + d];
    }
    const long at = (long)sequence * heads + firstHead + r;
    if (splits == 1) {
      output[at * WIDTH + d] = (u16)pack(value / total, 0);
    } else {
      float* part = partial + (at * splits + split) * (WIDTH + 2);
      part[d] = value;
      if (d == 0) { part[WIDTH] = most; part[WIDTH + 1] = total; }
    }
  }
}

extern "C" __global__ void __launch_bounds__(128) merge_splits(const float* partial, u16* output, int splits) {
  const float* parts = partial + (long)blockIdx.x * splits * (WIDTH + 2);
  const int d = threadIdx.x;
  float most = minus_infinity(), total = 0, value = 0;
  for (int s = 0; s < splits; s++) most = fmaxf(most, parts[s * (WIDTH + 2) + WIDTH]);
  for (int s = 0; s < splits; s++) {
    const float* part = parts + s * (WIDTH + 2);
    if (part[WIDTH + 1] == 0) continue;
    float weight = power_of_two(part[WIDTH] - most);
    total += weight * part[WIDTH + 1];
    value += weight * part[d];
  }
  output[(long)blockIdx.x * WIDTH + d] = (u16)pack(value / total, 0);
}
