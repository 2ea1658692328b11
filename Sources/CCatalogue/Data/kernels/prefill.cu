// Attention of a chunk of new tokens of one sequence over a paged cache that holds them and what came before, causal
// (head width 128, pages of 16 tokens, bf16).
//
// A block takes one query head and 128 queries, 32 for each of four warps; keys and values come in tiles of 64
// tokens, two in flight.
#include "pages.cuh"

#define QUERIES 128
#define TOKENS 64
#define TILE_BYTES (TOKENS * WIDTH * 2)

static __device__ __forceinline__ void load_tile(
    u32 to, const u16* from, const int* table, int tile, int lastPage, int head, int keyHeads, int thread) {
#pragma unroll
  for (int i = 0; i < 8; i++) {
    int row = (thread >> 4) + 8 * i, index = thread & 15;
    // Rows past the last page repeat it; their scores are masked.
    long page = table[min(tile * (TOKENS / PAGE) + row / PAGE, lastPage)];
    copy16(piece(to, row, index), from + ((page * PAGE + row % PAGE) * keyHeads + head) * (long)WIDTH + index * 8);
  }
}

extern "C" __global__ void __launch_bounds__(128) prefill_attention(
    const u16* queries, const u16* keys, const u16* values, const int* pages, u16* output, int heads, int keyHeads,
    int chunk, int context, float scale) {
  extern __shared__ __align__(128) unsigned char memory[];
  const int thread = threadIdx.x, lane = thread & 31, warp = thread >> 5;
  const int head = blockIdx.y, keyHead = head / (heads / keyHeads);
  // The last queries look at most tokens; they start first.
  const int first = (gridDim.x - 1 - blockIdx.x) * QUERIES;
  const int total = context + chunk, lastPage = (total - 1) / PAGE;
  const int seen = min(total, context + first + QUERIES), tiles = (seen + TOKENS - 1) / TOKENS;
  const u32 q = shared_address(memory), k = q + QUERIES * WIDTH * 2, v = k + 2 * TILE_BYTES;

#pragma unroll
  for (int i = 0; i < 16; i++) {
    int row = (thread >> 4) + 8 * i, index = thread & 15;
    copy16(piece(q, row, index), queries + ((long)min(first + row, chunk - 1) * heads + head) * WIDTH + index * 8);
  }
  load_tile(k, keys, pages, 0, lastPage, keyHead, keyHeads, thread);
  commit_copies();
  load_tile(v, values, pages, 0, lastPage, keyHead, keyHeads, thread);
  commit_copies();

  float o[2][16][4], top[2][2], sum[2][2];
#pragma unroll
  for (int a = 0; a < 2; a++) {
#pragma unroll
    for (int i = 0; i < 16; i++)
#pragma unroll
      for (int j = 0; j < 4; j++) o[a][i][j] = 0;
    top[a][0] = top[a][1] = minus_infinity();
    sum[a][0] = sum[a][1] = 0;
  }
  const int matrix = lane >> 3, line = lane & 7, row = lane >> 2, column = (lane & 3) * 2;

  for (int tile = 0; tile < tiles; tile++) {
    const u32 kTile = k + (tile & 1) * TILE_BYTES, vTile = v + (tile & 1) * TILE_BYTES;
    wait_copies<1>();
    __syncthreads();
    if (tile + 1 < tiles)
      load_tile(k + (~tile & 1) * TILE_BYTES, keys, pages, tile + 1, lastPage, keyHead, keyHeads, thread);
    commit_copies();

    float s[2][8][4];
#pragma unroll
    for (int a = 0; a < 2; a++)
#pragma unroll
      for (int i = 0; i < 8; i++)
#pragma unroll
        for (int j = 0; j < 4; j++) s[a][i][j] = 0;
#pragma unroll
    for (int i = 0; i < 8; i++) {
      u32 a0[4], a1[4];
      load_fragments(a0, piece(q, warp * 32 + line + (matrix & 1) * 8, i * 2 + (matrix >> 1)));
      load_fragments(a1, piece(q, warp * 32 + 16 + line + (matrix & 1) * 8, i * 2 + (matrix >> 1)));
#pragma unroll
      for (int t = 0; t < 4; t++) {
        u32 b[4];
        load_fragments(b, piece(kTile, t * 16 + line + (matrix >> 1) * 8, i * 2 + (matrix & 1)));
        multiply(s[0][2 * t], a0, b[0], b[1]);
        multiply(s[1][2 * t], a1, b[0], b[1]);
        multiply(s[0][2 * t + 1], a0, b[2], b[3]);
        multiply(s[1][2 * t + 1], a1, b[2], b[3]);
      }
    }

    const bool masked = (tile + 1) * TOKENS > context + first + warp * 32;
#pragma unroll
    for (int a = 0; a < 2; a++)
#pragma unroll
      for (int h = 0; h < 2; h++) {
        if (masked) {
          const int last = context + first + warp * 32 + a * 16 + row + 8 * h;
#pragma unroll
          for (int i = 0; i < 8; i++)
#pragma unroll
            for (int j = 0; j < 2; j++)
              if (tile * TOKENS + i * 8 + column + j > last) s[a][i][2 * h + j] = minus_infinity();
        }
        float most = top[a][h];
#pragma unroll
        for (int i = 0; i < 8; i++) most = fmaxf(most, fmaxf(s[a][i][2 * h], s[a][i][2 * h + 1]));
        most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, 1));
        most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, 2));
        const float shrink = power_of_two((top[a][h] - most) * scale), offset = most * scale;
        top[a][h] = most;
        float more = 0;
#pragma unroll
        for (int i = 0; i < 8; i++)
#pragma unroll
          for (int j = 0; j < 2; j++) {
            float p = power_of_two(s[a][i][2 * h + j] * scale - offset);
            s[a][i][2 * h + j] = p;
            more += p;
          }
        sum[a][h] = sum[a][h] * shrink + more;
#pragma unroll
        for (int i = 0; i < 16; i++) {
          o[a][i][2 * h] *= shrink;
          o[a][i][2 * h + 1] *= shrink;
        }
      }

    wait_copies<1>();
    __syncthreads();
    if (tile + 1 < tiles)
      load_tile(v + (~tile & 1) * TILE_BYTES, values, pages, tile + 1, lastPage, keyHead, keyHeads, thread);
    commit_copies();
#pragma unroll
    for (int t = 0; t < 4; t++) {
      u32 p[2][4];
#pragma unroll
      for (int a = 0; a < 2; a++) {
        p[a][0] = pack(s[a][2 * t][0], s[a][2 * t][1]);
        p[a][1] = pack(s[a][2 * t][2], s[a][2 * t][3]);
        p[a][2] = pack(s[a][2 * t + 1][0], s[a][2 * t + 1][1]);
        p[a][3] = pack(s[a][2 * t + 1][2], s[a][2 * t + 1][3]);
      }
#pragma unroll
      for (int i = 0; i < 8; i++) {
        u32 b[4];
        load_transposed(b, piece(vTile, t * 16 + line + (matrix & 1) * 8, i * 2 + (matrix >> 1)));
        multiply(o[0][2 * i], p[0], b[0], b[1]);
        multiply(o[1][2 * i], p[1], b[0], b[1]);
        multiply(o[0][2 * i + 1], p[0], b[2], b[3]);
        multiply(o[1][2 * i + 1], p[1], b[2], b[3]);
      }
    }
  }

#pragma unroll
  for (int a = 0; a < 2; a++)
#pragma unroll
    for (int h = 0; h < 2; h++) {
      sum[a][h] += __shfl_xor_sync(0xffffffffu, sum[a][h], 1);
      sum[a][h] += __shfl_xor_sync(0xffffffffu, sum[a][h], 2);
      const int query = first + warp * 32 + a * 16 + row + 8 * h;
      if (query >= chunk) continue;
      const float part = 1.0f / sum[a][h];
#pragma unroll
      for (int i = 0; i < 16; i++)
        *(u32*)(output + ((long)query * heads + head) * WIDTH + i * 8 + column) =
            pack(o[a][i][2 * h] * part, o[a][i][2 * h + 1] * part);
    }
}
