// Kernels that copy, gather, scatter, read, multiply and wait.

struct alignas(16) Words { unsigned x, y, z, w; };

// Copies with four independent loads in flight per thread.
extern "C" __global__ void copy_words(const Words* source, Words* target, unsigned long long count) {
  unsigned long long step = (unsigned long long)gridDim.x * blockDim.x;
  unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
  for (; i + 3 * step < count; i += 4 * step) {
    Words a = source[i], b = source[i + step], c = source[i + 2 * step], d = source[i + 3 * step];
    target[i] = a;
    target[i + step] = b;
    target[i + 2 * step] = c;
    target[i + 3 * step] = d;
  }
  for (; i < count; i += step) target[i] = source[i];
}

// Copies words of a piece with four loads in flight per thread.
static __device__ __forceinline__ void copy_piece(const Words* from, Words* to, int words) {
  int w = threadIdx.x, step = blockDim.x;
  for (; w + 3 * step < words; w += 4 * step) {
    Words a = from[w], b = from[w + step], c = from[w + 2 * step], d = from[w + 3 * step];
    to[w] = a;
    to[w + step] = b;
    to[w + 2 * step] = c;
    to[w + 3 * step] = d;
  }
  for (; w < words; w += step) to[w] = from[w];
}

// Collects fragments that lie scattered into one buffer. Blocks take pieces of fragments in turn, small enough
// that none is left working alone at the end.
#define PIECE 1024
extern "C" __global__ void gather(
    const Words* pages, Words* buffer, const int* order, int wordsPerFragment, int fragments) {
  int pieces = (wordsPerFragment + PIECE - 1) / PIECE;
  for (int p = blockIdx.x; p < fragments * pieces; p += gridDim.x) {
    int f = p / pieces, start = p % pieces * PIECE;
    copy_piece(pages + (unsigned long long)order[f] * wordsPerFragment + start,
               buffer + (unsigned long long)f * wordsPerFragment + start, min(PIECE, wordsPerFragment - start));
  }
}

// Distributes one buffer over fragments that lie scattered.
extern "C" __global__ void scatter(
    const Words* buffer, Words* pages, const int* order, int wordsPerFragment, int fragments) {
  int pieces = (wordsPerFragment + PIECE - 1) / PIECE;
  for (int p = blockIdx.x; p < fragments * pieces; p += gridDim.x) {
    int f = p / pieces, start = p % pieces * PIECE;
    copy_piece(buffer + (unsigned long long)f * wordsPerFragment + start,
               pages + (unsigned long long)order[f] * wordsPerFragment + start, min(PIECE, wordsPerFragment - start));
  }
}

// Only reads, as decode attention and thin matrix products do; the result keeps the loads alive.
extern "C" __global__ void read_words(const Words* source, unsigned long long count, unsigned* result) {
  unsigned total = 0;
  unsigned long long step = (unsigned long long)gridDim.x * blockDim.x;
  unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
  for (; i + 3 * step < count; i += 4 * step) {
    Words a = source[i], b = source[i + step], c = source[i + 2 * step], d = source[i + 3 * step];
    total += a.x ^ a.y ^ a.z ^ a.w ^ b.x ^ b.y ^ b.z ^ b.w ^ c.x ^ c.y ^ c.z ^ c.w ^ d.x ^ d.y ^ d.z ^ d.w;
  }
  for (; i < count; i += step) total += source[i].x;
  if (total == 123456789u) *result = total;
}

// Products of 16x8x16 tiles in registers, with a new operand read from memory now and then: bound by arithmetic,
// and reading about one byte for every 1000 operations, as a large matrix product does.
extern "C" __global__ void multiply(const Words* source, unsigned long long count, int rounds, float* result) {
  float c[8][4];
  for (int i = 0; i < 8; i++) for (int j = 0; j < 4; j++) c[i][j] = 0.0f;
  unsigned long long step = (unsigned long long)gridDim.x * blockDim.x;
  unsigned long long at = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
  Words a = source[at % count];
  for (int round = 0; round < rounds; round++) {
    at += step;
    if (at >= count) at -= count;
    Words next = source[at];
    for (int repeat = 0; repeat < 16; repeat++) {
#pragma unroll
      for (int i = 0; i < 8; i++) {
        asm volatile(
            "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
            : "+f"(c[i][0]), "+f"(c[i][1]), "+f"(c[i][2]), "+f"(c[i][3])
            : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(a.x ^ i), "r"(a.y ^ i));
      }
    }
    a = next;
  }
  float total = 0.0f;
  for (int i = 0; i < 8; i++) for (int j = 0; j < 4; j++) total += c[i][j];
  if (total == 1234.5f) *result = total;
}

// Holds a stream until everything behind it has been queued.
extern "C" __global__ void wait_nanoseconds(unsigned long long nanoseconds) {
  unsigned long long start, now;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(start));
  do {
    __nanosleep(200);
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
  } while (now - start < nanoseconds);
}
