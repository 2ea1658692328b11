#pragma once
// The management library (libnvidia-ml.so.1). It is only read from: clocks, power and modes are left as they are.

typedef int nvmlReturn_t;
typedef struct spw_nvml_device *nvmlDevice_t;

enum {
  SPW_NVML_CLOCK_SM = 1,
  SPW_NVML_CLOCK_MEMORY = 2,
  SPW_NVML_VERSION_LENGTH = 96,
};

typedef const char *(*nvmlErrorString_t)(nvmlReturn_t result);
typedef nvmlReturn_t (*nvmlInit_t)(void);
typedef nvmlReturn_t (*nvmlShutdown_t)(void);
typedef nvmlReturn_t (*nvmlSystemGetDriverVersion_t)(char *text, unsigned int length);
typedef nvmlReturn_t (*nvmlDeviceGetHandleByPciBusId_t)(const char *bus, nvmlDevice_t *device);
typedef nvmlReturn_t (*nvmlDeviceGetClockInfo_t)(nvmlDevice_t device, int clock, unsigned int *megahertz);
typedef nvmlReturn_t (*nvmlDeviceGetMaxClockInfo_t)(nvmlDevice_t device, int clock, unsigned int *megahertz);
typedef nvmlReturn_t (*nvmlDeviceGetPowerManagementLimit_t)(nvmlDevice_t device, unsigned int *milliwatts);
typedef nvmlReturn_t (*nvmlDeviceGetTemperature_t)(nvmlDevice_t device, int sensor, unsigned int *celsius);
typedef nvmlReturn_t (*nvmlDeviceGetCurrPcieLinkGeneration_t)(nvmlDevice_t device, unsigned int *generation);
typedef nvmlReturn_t (*nvmlDeviceGetCurrPcieLinkWidth_t)(nvmlDevice_t device, unsigned int *lanes);
