// Measures what copies cost on this server's GPUs 0 and 1, and prints figures for a server description.
//
//     nvcc -O2 -o measure-links Scripts/measure-links.cu && ./measure-links > links.csv
//
// Output: CSV of quantity, bytes, value, unit. Each value is the median of repetitions. "synchronised" is wall time
// of issuing one copy and waiting for it; "fragments" is wall time per fragment of many copies issued in a row.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#define CHECK(call)                                                                            \
  do {                                                                                         \
    cudaError_t error = (call);                                                                \
    if (error != cudaSuccess) {                                                                \
      std::fprintf(stderr, "%s: %s\n", #call, cudaGetErrorString(error));                      \
      std::exit(1);                                                                            \
    }                                                                                          \
  } while (0)

using Clock = std::chrono::steady_clock;

static double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Seconds of wall time, the median of several runs after a warm-up.
static double seconds(const std::function<void()> &work, int repetitions = 15) {
  work();
  work();
  std::vector<double> times;
  for (int i = 0; i < repetitions; i++) {
    auto start = Clock::now();
    work();
    times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  return median(times);
}

static void report(const char *quantity, size_t bytes, double value, const char *unit) {
  std::printf("%s,%zu,%.3f,%s\n", quantity, bytes, value, unit);
  std::fflush(stdout);
}

__global__ void copyWords(const uint4 *source, uint4 *target, size_t count) {
  for (size_t i = blockIdx.x * size_t(blockDim.x) + threadIdx.x; i < count; i += size_t(gridDim.x) * blockDim.x)
    target[i] = source[i];
}

// Gathers fragments that lie scattered; `order` says where each comes from.
__global__ void gather(const uint4 *source, uint4 *target, const int *order, size_t wordsPerFragment, int fragments) {
  for (int f = blockIdx.x; f < fragments; f += gridDim.x)
    for (size_t w = threadIdx.x; w < wordsPerFragment; w += blockDim.x)
      target[f * wordsPerFragment + w] = source[order[f] * wordsPerFragment + w];
}

__global__ void sum(const uint4 *source, size_t count, unsigned *result) {
  unsigned total = 0;
  for (size_t i = blockIdx.x * size_t(blockDim.x) + threadIdx.x; i < count; i += size_t(gridDim.x) * blockDim.x) {
    uint4 word = source[i];
    total += word.x ^ word.y ^ word.z ^ word.w;
  }
  if (total == 12345) *result = total;
}

__global__ void nothing() {}

int main() {
  int gpus = 0;
  CHECK(cudaGetDeviceCount(&gpus));
  const size_t large = size_t(1) << 30;
  char *device[2] = {}, *other[2] = {}, *host = nullptr, *hostOut = nullptr;
  cudaStream_t stream[2], second[2];
  const int used = std::min(gpus, 2);
  for (int g = 0; g < used; g++) {
    CHECK(cudaSetDevice(g));
    CHECK(cudaMalloc(&device[g], large));
    CHECK(cudaMalloc(&other[g], large));
    CHECK(cudaMemset(device[g], 1, large));
    CHECK(cudaStreamCreateWithFlags(&stream[g], cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&second[g], cudaStreamNonBlocking));
    cudaDeviceProp properties;
    CHECK(cudaGetDeviceProperties(&properties, g));
    std::fprintf(stderr, "GPU %d: %s, %zu bytes, %d copy engines\n", g, properties.name, properties.totalGlobalMem,
                 properties.asyncEngineCount);
  }
  CHECK(cudaSetDevice(0));
  CHECK(cudaMallocHost(&host, large));
  CHECK(cudaMallocHost(&hostOut, large));
  auto wait = [&] { CHECK(cudaStreamSynchronize(stream[0])); };
  std::puts("quantity,bytes,value,unit");

  struct Path { const char *name; char *target, *source; };
  std::vector<Path> paths = {{"host_to_device", device[0], host}, {"device_to_host", host, device[0]}};
  if (used == 2) {
    CHECK(cudaDeviceEnablePeerAccess(1, 0));
    CHECK(cudaSetDevice(1));
    CHECK(cudaDeviceEnablePeerAccess(0, 0));
    CHECK(cudaSetDevice(0));
    paths.push_back({"peer_write", device[1], device[0]});
    paths.push_back({"peer_read", device[0], device[1]});
  }
  for (const Path &path : paths) {
    char name[64];
    for (size_t bytes : {size_t(4096), size_t(65536), size_t(1) << 20, size_t(4000000), size_t(16) << 20,
                         size_t(64000000), large}) {
      double time = seconds([&] {
        CHECK(cudaMemcpyAsync(path.target, path.source, bytes, cudaMemcpyDefault, stream[0]));
        wait();
      });
      std::snprintf(name, sizeof name, "%s_synchronised", path.name);
      report(name, bytes, time * 1e6, "us");
      report(path.name, bytes, bytes / time / 1e9, "GB/s");
    }
    for (size_t fragment : {size_t(8192), size_t(32768), size_t(131072)}) {
      const int count = 4000;
      double time = seconds([&] {
        for (int i = 0; i < count; i++)
          CHECK(cudaMemcpyAsync(path.target + 2 * i % 4096 * fragment, path.source + 2 * i % 4096 * fragment, fragment,
                                cudaMemcpyDefault, stream[0]));
        wait();
      });
      std::snprintf(name, sizeof name, "%s_fragments", path.name);
      report(name, fragment, time / count * 1e6, "us");
    }
    const size_t words = large / sizeof(uint4);
    double time = seconds([&] {
      copyWords<<<264, 512, 0, stream[0]>>>((const uint4 *)path.source, (uint4 *)path.target, words);
      wait();
    }, 7);
    std::snprintf(name, sizeof name, "%s_by_kernel", path.name);
    report(name, large, large / time / 1e9, "GB/s");
  }

  double both = seconds([&] {
    CHECK(cudaMemcpyAsync(device[0], host, large, cudaMemcpyDefault, stream[0]));
    CHECK(cudaMemcpyAsync(hostOut, other[0], large, cudaMemcpyDefault, second[0]));
    wait();
    CHECK(cudaStreamSynchronize(second[0]));
  }, 7);
  report("host_both_directions", 2 * large, 2 * large / both / 1e9, "GB/s");

  if (used == 2) {
    // Two GPUs reading the host at once.
    double shared = seconds([&] {
      CHECK(cudaMemcpyAsync(device[0], host, large, cudaMemcpyDefault, stream[0]));
      CHECK(cudaMemcpyAsync(device[1], hostOut, large, cudaMemcpyDefault, stream[1]));
      wait();
      CHECK(cudaStreamSynchronize(stream[1]));
    }, 7);
    report("host_to_two_devices", 2 * large, 2 * large / shared / 1e9, "GB/s");
    double opposite = seconds([&] {
      CHECK(cudaMemcpyAsync(device[1], device[0], large, cudaMemcpyDefault, stream[0]));
      CHECK(cudaMemcpyAsync(other[0], other[1], large, cudaMemcpyDefault, stream[1]));
      wait();
      CHECK(cudaStreamSynchronize(stream[1]));
    }, 7);
    report("peer_both_directions", 2 * large, 2 * large / opposite / 1e9, "GB/s");
  }

  report("kernel_launch_synchronised", 0, seconds([&] { nothing<<<1, 1, 0, stream[0]>>>(); wait(); }, 101) * 1e6, "us");
  for (size_t fragment : {size_t(8192), size_t(32768)}) {
    const int fragments = int((size_t(256) << 20) / fragment);
    std::vector<int> order(fragments);
    for (int i = 0; i < fragments; i++) order[i] = int((size_t(i) * 7919) % fragments);
    int *deviceOrder;
    CHECK(cudaMalloc(&deviceOrder, fragments * sizeof(int)));
    CHECK(cudaMemcpy(deviceOrder, order.data(), fragments * sizeof(int), cudaMemcpyHostToDevice));
    cudaEvent_t begin, end;
    CHECK(cudaEventCreate(&begin));
    CHECK(cudaEventCreate(&end));
    std::vector<double> times;
    for (int i = 0; i < 15; i++) {
      CHECK(cudaEventRecord(begin, stream[0]));
      gather<<<1056, 256, 0, stream[0]>>>((const uint4 *)device[0], (uint4 *)other[0], deviceOrder,
                                         fragment / sizeof(uint4), fragments);
      CHECK(cudaEventRecord(end, stream[0]));
      wait();
      float milliseconds;
      CHECK(cudaEventElapsedTime(&milliseconds, begin, end));
      times.push_back(milliseconds / 1e3);
    }
    report("gather", fragment, double(fragments) * fragment / median(times) / 1e9, "GB/s");
  }

  // How much copies stretch a kernel that only reads memory.
  auto reading = [&](const std::function<void()> &disturb, const std::function<void()> &settle) {
    cudaEvent_t begin, end;
    CHECK(cudaEventCreate(&begin));
    CHECK(cudaEventCreate(&end));
    std::vector<double> times;
    for (int i = 0; i < 15; i++) {
      disturb();
      CHECK(cudaEventRecord(begin, stream[0]));
      for (int k = 0; k < 8; k++)
        sum<<<1056, 512, 0, stream[0]>>>((const uint4 *)other[0], large / sizeof(uint4), (unsigned *)device[0]);
      CHECK(cudaEventRecord(end, stream[0]));
      wait();
      settle();
      float milliseconds;
      CHECK(cudaEventElapsedTime(&milliseconds, begin, end));
      times.push_back(milliseconds / 8e3);
    }
    return median(times);
  };
  double alone = reading([] {}, [] {});
  report("read_kernel_alone", large, large / alone / 1e9, "GB/s");
  auto settle = [&] { CHECK(cudaStreamSynchronize(second[0])); };
  for (int round = 0; round < 3; round++) {
    for (const Path &path : paths) {
      double disturbed = reading([&] {
        for (int k = 0; k < 4; k++)
          CHECK(cudaMemcpyAsync(path.target, path.source, large, cudaMemcpyDefault, second[0]));
      }, settle);
      char name[64];
      std::snprintf(name, sizeof name, "read_kernel_stretch_%s", path.name);
      report(name, large, disturbed / alone, "ratio");
    }
  }
  return 0;
}
