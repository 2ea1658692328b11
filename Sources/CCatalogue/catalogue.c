// Written by Scripts/embed-catalogue.sh.
#include "catalogue.h"
#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char file_0[] = {
#embed "Data/commands/sglang.yaml"
};
static const unsigned char file_1[] = {
#embed "Data/commands/tensorrt-llm.yaml"
};
static const unsigned char file_2[] = {
#embed "Data/commands/vllm.yaml"
};
static const unsigned char file_3[] = {
#embed "Data/engines/inference-sim.csv"
};
static const unsigned char file_4[] = {
#embed "Data/engines/sglang.csv"
};
static const unsigned char file_5[] = {
#embed "Data/engines/tensorrt-llm-2024.csv"
};
static const unsigned char file_6[] = {
#embed "Data/engines/tensorrt-llm-direct.csv"
};
static const unsigned char file_7[] = {
#embed "Data/engines/tensorrt-llm-offline.csv"
};
static const unsigned char file_8[] = {
#embed "Data/engines/tensorrt-llm.csv"
};
static const unsigned char file_9[] = {
#embed "Data/engines/vllm-v0-grouped.csv"
};
static const unsigned char file_10[] = {
#embed "Data/engines/vllm-v0.csv"
};
static const unsigned char file_11[] = {
#embed "Data/engines/vllm-v1-async.csv"
};
static const unsigned char file_12[] = {
#embed "Data/engines/vllm-v1.csv"
};
static const unsigned char file_13[] = {
#embed "Data/hardware/cards/connectx-6-hdr-200g.yaml"
};
static const unsigned char file_14[] = {
#embed "Data/hardware/cards/connectx-7-ndr-400g.yaml"
};
static const unsigned char file_15[] = {
#embed "Data/hardware/cards/connectx-7-roce-200g-kv.yaml"
};
static const unsigned char file_16[] = {
#embed "Data/hardware/gpus/a100-sxm-40gb.yaml"
};
static const unsigned char file_17[] = {
#embed "Data/hardware/gpus/a100-sxm-80gb.yaml"
};
static const unsigned char file_18[] = {
#embed "Data/hardware/gpus/h100-sxm-80gb.yaml"
};
static const unsigned char file_19[] = {
#embed "Data/hardware/gpus/h200-sxm-141gb.yaml"
};
static const unsigned char file_20[] = {
#embed "Data/hardware/gpus/rtx-4090-24gb.yaml"
};
static const unsigned char file_21[] = {
#embed "Data/hardware/gpus/rtx-pro-6000-96gb.yaml"
};
static const unsigned char file_22[] = {
#embed "Data/hardware/measurements/h200-pair-links.csv"
};
static const unsigned char file_23[] = {
#embed "Data/hardware/measurements/mooncake-h800-kv-transfers.csv"
};
static const unsigned char file_24[] = {
#embed "Data/hardware/measurements/rtx-pro-6000-pair-collectives.csv"
};
static const unsigned char file_25[] = {
#embed "Data/hardware/networks/dgx-superpod-h100.yaml"
};
static const unsigned char file_26[] = {
#embed "Data/hardware/networks/meta-roce-24k.yaml"
};
static const unsigned char file_27[] = {
#embed "Data/hardware/servers/a100-pair.yaml"
};
static const unsigned char file_28[] = {
#embed "Data/hardware/servers/dgx-a100-40gb.yaml"
};
static const unsigned char file_29[] = {
#embed "Data/hardware/servers/dgx-a100-80gb.yaml"
};
static const unsigned char file_30[] = {
#embed "Data/hardware/servers/dgx-h100.yaml"
};
static const unsigned char file_31[] = {
#embed "Data/hardware/servers/h100-pair.yaml"
};
static const unsigned char file_32[] = {
#embed "Data/hardware/servers/hgx-a100-8.yaml"
};
static const unsigned char file_33[] = {
#embed "Data/hardware/servers/hgx-h100-8.yaml"
};
static const unsigned char file_34[] = {
#embed "Data/hardware/servers/hgx-h200-8.yaml"
};
static const unsigned char file_35[] = {
#embed "Data/hardware/servers/rtx-4090-single.yaml"
};
static const unsigned char file_36[] = {
#embed "Data/hardware/servers/rtx-pro-6000-pair.yaml"
};
static const unsigned char file_37[] = {
#embed "Data/kernels/decode.cu"
};
static const unsigned char file_38[] = {
#embed "Data/kernels/filling.cu"
};
static const unsigned char file_39[] = {
#embed "Data/kernels/intrinsics.cuh"
};
static const unsigned char file_40[] = {
#embed "Data/kernels/links.cu"
};
static const unsigned char file_41[] = {
#embed "Data/kernels/pages.cuh"
};
static const unsigned char file_42[] = {
#embed "Data/kernels/prefill-hopper.cu"
};
static const unsigned char file_43[] = {
#embed "Data/kernels/prefill.cu"
};
static const unsigned char file_44[] = {
#embed "Data/lengths/arxiv-summarization.csv"
};
static const unsigned char file_45[] = {
#embed "Data/lengths/mlperf-deepseek-r1.csv"
};
static const unsigned char file_46[] = {
#embed "Data/lengths/mlperf-llama3.1-405b.csv"
};
static const unsigned char file_47[] = {
#embed "Data/lengths/mlperf-mixtral-8x7b.csv"
};
static const unsigned char file_48[] = {
#embed "Data/models/aquila-7b.json"
};
static const unsigned char file_49[] = {
#embed "Data/models/codellama-34b.json"
};
static const unsigned char file_50[] = {
#embed "Data/models/deepseek-v3.json"
};
static const unsigned char file_51[] = {
#embed "Data/models/gpt-j-6b.json"
};
static const unsigned char file_52[] = {
#embed "Data/models/llama-2-13b.json"
};
static const unsigned char file_53[] = {
#embed "Data/models/llama-2-70b.json"
};
static const unsigned char file_54[] = {
#embed "Data/models/llama-2-7b.json"
};
static const unsigned char file_55[] = {
#embed "Data/models/llama-3.1-405b.json"
};
static const unsigned char file_56[] = {
#embed "Data/models/llama-3.1-70b.json"
};
static const unsigned char file_57[] = {
#embed "Data/models/llama-3.1-8b.json"
};
static const unsigned char file_58[] = {
#embed "Data/models/llama-7b.json"
};
static const unsigned char file_59[] = {
#embed "Data/models/minimax-m2.json"
};
static const unsigned char file_60[] = {
#embed "Data/models/mistral-7b.json"
};
static const unsigned char file_61[] = {
#embed "Data/models/mixtral-8x7b.json"
};
static const unsigned char file_62[] = {
#embed "Data/models/opt-30b.json"
};
static const unsigned char file_63[] = {
#embed "Data/models/opt-6.7b.json"
};
static const unsigned char file_64[] = {
#embed "Data/models/qwen-2-7b.json"
};
static const unsigned char file_65[] = {
#embed "Data/models/qwen-2.5-14b.json"
};
static const unsigned char file_66[] = {
#embed "Data/models/qwen-2.5-72b.json"
};
static const unsigned char file_67[] = {
#embed "Data/models/qwen-3-235b-a22b.json"
};
static const unsigned char file_68[] = {
#embed "Data/models/qwen-3-30b-a3b.json"
};
static const unsigned char file_69[] = {
#embed "Data/models/qwen-3-32b.json"
};
static const unsigned char file_70[] = {
#embed "Data/models/yi-34b-200k.json"
};
static const unsigned char file_71[] = {
#embed "Data/page/explore.css"
};
static const unsigned char file_72[] = {
#embed "Data/page/explore.js"
};
static const unsigned char file_73[] = {
#embed "Data/page/report.css"
};
static const unsigned char file_74[] = {
#embed "Data/page/report.js"
};
static const unsigned char file_75[] = {
#embed "Data/profiles/a100-sxm-80gb.csv"
};
static const unsigned char file_76[] = {
#embed "Data/profiles/h100-sxm-80gb.csv"
};
static const unsigned char file_77[] = {
#embed "Data/profiles/h100-vllm-0.19.csv"
};
static const unsigned char file_78[] = {
#embed "Data/profiles/h200-sxm-141gb.csv"
};
static const unsigned char file_79[] = {
#embed "Data/profiles/h200-vllm-0.14.csv"
};
static const unsigned char file_80[] = {
#embed "Data/profiles/h200-vllm-0.19.csv"
};
static const unsigned char file_81[] = {
#embed "Data/services/services.yaml"
};
static const unsigned char file_82[] = {
#embed "Data/stacks/inference-sim.yaml"
};
static const unsigned char file_83[] = {
#embed "Data/stacks/sglang.yaml"
};
static const unsigned char file_84[] = {
#embed "Data/stacks/tensorrt-llm.yaml"
};
static const unsigned char file_85[] = {
#embed "Data/stacks/vllm.yaml"
};
static const unsigned char file_86[] = {
#embed "Data/trust/recordings.yaml"
};
static const spillway_file files[] = {
  {"commands/sglang.yaml", file_0, sizeof file_0},
  {"commands/tensorrt-llm.yaml", file_1, sizeof file_1},
  {"commands/vllm.yaml", file_2, sizeof file_2},
  {"engines/inference-sim.csv", file_3, sizeof file_3},
  {"engines/sglang.csv", file_4, sizeof file_4},
  {"engines/tensorrt-llm-2024.csv", file_5, sizeof file_5},
  {"engines/tensorrt-llm-direct.csv", file_6, sizeof file_6},
  {"engines/tensorrt-llm-offline.csv", file_7, sizeof file_7},
  {"engines/tensorrt-llm.csv", file_8, sizeof file_8},
  {"engines/vllm-v0-grouped.csv", file_9, sizeof file_9},
  {"engines/vllm-v0.csv", file_10, sizeof file_10},
  {"engines/vllm-v1-async.csv", file_11, sizeof file_11},
  {"engines/vllm-v1.csv", file_12, sizeof file_12},
  {"hardware/cards/connectx-6-hdr-200g.yaml", file_13, sizeof file_13},
  {"hardware/cards/connectx-7-ndr-400g.yaml", file_14, sizeof file_14},
  {"hardware/cards/connectx-7-roce-200g-kv.yaml", file_15, sizeof file_15},
  {"hardware/gpus/a100-sxm-40gb.yaml", file_16, sizeof file_16},
  {"hardware/gpus/a100-sxm-80gb.yaml", file_17, sizeof file_17},
  {"hardware/gpus/h100-sxm-80gb.yaml", file_18, sizeof file_18},
  {"hardware/gpus/h200-sxm-141gb.yaml", file_19, sizeof file_19},
  {"hardware/gpus/rtx-4090-24gb.yaml", file_20, sizeof file_20},
  {"hardware/gpus/rtx-pro-6000-96gb.yaml", file_21, sizeof file_21},
  {"hardware/measurements/h200-pair-links.csv", file_22, sizeof file_22},
  {"hardware/measurements/mooncake-h800-kv-transfers.csv", file_23, sizeof file_23},
  {"hardware/measurements/rtx-pro-6000-pair-collectives.csv", file_24, sizeof file_24},
  {"hardware/networks/dgx-superpod-h100.yaml", file_25, sizeof file_25},
  {"hardware/networks/meta-roce-24k.yaml", file_26, sizeof file_26},
  {"hardware/servers/a100-pair.yaml", file_27, sizeof file_27},
  {"hardware/servers/dgx-a100-40gb.yaml", file_28, sizeof file_28},
  {"hardware/servers/dgx-a100-80gb.yaml", file_29, sizeof file_29},
  {"hardware/servers/dgx-h100.yaml", file_30, sizeof file_30},
  {"hardware/servers/h100-pair.yaml", file_31, sizeof file_31},
  {"hardware/servers/hgx-a100-8.yaml", file_32, sizeof file_32},
  {"hardware/servers/hgx-h100-8.yaml", file_33, sizeof file_33},
  {"hardware/servers/hgx-h200-8.yaml", file_34, sizeof file_34},
  {"hardware/servers/rtx-4090-single.yaml", file_35, sizeof file_35},
  {"hardware/servers/rtx-pro-6000-pair.yaml", file_36, sizeof file_36},
  {"kernels/decode.cu", file_37, sizeof file_37},
  {"kernels/filling.cu", file_38, sizeof file_38},
  {"kernels/intrinsics.cuh", file_39, sizeof file_39},
  {"kernels/links.cu", file_40, sizeof file_40},
  {"kernels/pages.cuh", file_41, sizeof file_41},
  {"kernels/prefill-hopper.cu", file_42, sizeof file_42},
  {"kernels/prefill.cu", file_43, sizeof file_43},
  {"lengths/arxiv-summarization.csv", file_44, sizeof file_44},
  {"lengths/mlperf-deepseek-r1.csv", file_45, sizeof file_45},
  {"lengths/mlperf-llama3.1-405b.csv", file_46, sizeof file_46},
  {"lengths/mlperf-mixtral-8x7b.csv", file_47, sizeof file_47},
  {"models/aquila-7b.json", file_48, sizeof file_48},
  {"models/codellama-34b.json", file_49, sizeof file_49},
  {"models/deepseek-v3.json", file_50, sizeof file_50},
  {"models/gpt-j-6b.json", file_51, sizeof file_51},
  {"models/llama-2-13b.json", file_52, sizeof file_52},
  {"models/llama-2-70b.json", file_53, sizeof file_53},
  {"models/llama-2-7b.json", file_54, sizeof file_54},
  {"models/llama-3.1-405b.json", file_55, sizeof file_55},
  {"models/llama-3.1-70b.json", file_56, sizeof file_56},
  {"models/llama-3.1-8b.json", file_57, sizeof file_57},
  {"models/llama-7b.json", file_58, sizeof file_58},
  {"models/minimax-m2.json", file_59, sizeof file_59},
  {"models/mistral-7b.json", file_60, sizeof file_60},
  {"models/mixtral-8x7b.json", file_61, sizeof file_61},
  {"models/opt-30b.json", file_62, sizeof file_62},
  {"models/opt-6.7b.json", file_63, sizeof file_63},
  {"models/qwen-2-7b.json", file_64, sizeof file_64},
  {"models/qwen-2.5-14b.json", file_65, sizeof file_65},
  {"models/qwen-2.5-72b.json", file_66, sizeof file_66},
  {"models/qwen-3-235b-a22b.json", file_67, sizeof file_67},
  {"models/qwen-3-30b-a3b.json", file_68, sizeof file_68},
  {"models/qwen-3-32b.json", file_69, sizeof file_69},
  {"models/yi-34b-200k.json", file_70, sizeof file_70},
  {"page/explore.css", file_71, sizeof file_71},
  {"page/explore.js", file_72, sizeof file_72},
  {"page/report.css", file_73, sizeof file_73},
  {"page/report.js", file_74, sizeof file_74},
  {"profiles/a100-sxm-80gb.csv", file_75, sizeof file_75},
  {"profiles/h100-sxm-80gb.csv", file_76, sizeof file_76},
  {"profiles/h100-vllm-0.19.csv", file_77, sizeof file_77},
  {"profiles/h200-sxm-141gb.csv", file_78, sizeof file_78},
  {"profiles/h200-vllm-0.14.csv", file_79, sizeof file_79},
  {"profiles/h200-vllm-0.19.csv", file_80, sizeof file_80},
  {"services/services.yaml", file_81, sizeof file_81},
  {"stacks/inference-sim.yaml", file_82, sizeof file_82},
  {"stacks/sglang.yaml", file_83, sizeof file_83},
  {"stacks/tensorrt-llm.yaml", file_84, sizeof file_84},
  {"stacks/vllm.yaml", file_85, sizeof file_85},
  {"trust/recordings.yaml", file_86, sizeof file_86},
};
size_t spillway_file_count(void) { return sizeof files / sizeof *files; }
spillway_file spillway_file_at(size_t index) { return files[index]; }
