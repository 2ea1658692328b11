// Written by Scripts/embed-catalogue.sh.
#include "catalogue.h"
#include <string.h>
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
  {"commands/sglang.yaml", file_0, sizeof file_0,
   "456bcb13c0153f745193204dc7cd9a2f2d86ee698c19c14f750a9dc7adb216dd"},
  {"commands/tensorrt-llm.yaml", file_1, sizeof file_1,
   "d2d48b7ac881cddc70ae6d7cff7bf3426fcd86d616764f91630904f86e2deadf"},
  {"commands/vllm.yaml", file_2, sizeof file_2,
   "b7feb717e3e0fa4295ab72364295b72cbdf9186279efa4ccba7c6dc630c42442"},
  {"engines/inference-sim.csv", file_3, sizeof file_3,
   "3c4a3f54ed4625105d5f9aa6933b600a9c34a3d1b1d61827d5ece5d54bf82713"},
  {"engines/sglang.csv", file_4, sizeof file_4,
   "627349c95fbdd85fcb4f44a95f3e7fb0ba75aad9312e45ba61404ae98aed4ff3"},
  {"engines/tensorrt-llm-2024.csv", file_5, sizeof file_5,
   "a342f581a94812998276a498eb8cd362df466b6c4bb9aed19f9cc02e328a9626"},
  {"engines/tensorrt-llm-direct.csv", file_6, sizeof file_6,
   "169de5f6cb30acbb4d4774ff75b0065c7558db3123ff66fbd9dce20563d7e6c8"},
  {"engines/tensorrt-llm-offline.csv", file_7, sizeof file_7,
   "27ac6701826c0fcfd8a3ed7f5ae57f5cbd6581b89c3b8bc9686c8a6a5b11fdd7"},
  {"engines/tensorrt-llm.csv", file_8, sizeof file_8,
   "c1b8318b859af56638f99bae1b4fe664b181c1ae93e60994cf1fc41ab74ea2df"},
  {"engines/vllm-v0-grouped.csv", file_9, sizeof file_9,
   "bfb6286f37865b88a0a6785ba3e27e1a196304f3debd3a7c27e1a798b6484a9d"},
  {"engines/vllm-v0.csv", file_10, sizeof file_10,
   "69883b0a95d483e3c9f0efbabbe27a1581d71a8d239ffd8cf9b2891639ec284d"},
  {"engines/vllm-v1-async.csv", file_11, sizeof file_11,
   "9985835890b26b51a265df2a5be801b032a3bc3afcfd6cf17ce4fbbcfc38ce8e"},
  {"engines/vllm-v1.csv", file_12, sizeof file_12,
   "6bdefd6de0ba8b68fd730fccd387e65935bf86dc65d44fc70c8e61741d71aaf1"},
  {"hardware/cards/connectx-6-hdr-200g.yaml", file_13, sizeof file_13,
   "83a2aaea930da45486ffb4a742fd77a6a774d4da16021234afbafb4527004d19"},
  {"hardware/cards/connectx-7-ndr-400g.yaml", file_14, sizeof file_14,
   "2d7225cd44a532f0c1cad58574df6962b09fd88d75659570f6632474e9319bb8"},
  {"hardware/cards/connectx-7-roce-200g-kv.yaml", file_15, sizeof file_15,
   "5e8a623b5e504dc529e81bdc0cbfe6cffb202eaa63173923cb9894d45e9ed3fa"},
  {"hardware/gpus/a100-sxm-40gb.yaml", file_16, sizeof file_16,
   "e3e2f6ef9b2e5ce548933915497c97386894ee60fdc53d003f7ebf31fcdd5d57"},
  {"hardware/gpus/a100-sxm-80gb.yaml", file_17, sizeof file_17,
   "bba77162587a8fbf9efa1c2f2d4d96a7d772ef2d6b9220110d6c0c42c850d222"},
  {"hardware/gpus/h100-sxm-80gb.yaml", file_18, sizeof file_18,
   "8595111f78b1e5f97cb3091501d1dbe2d2bfcbcf73a9d3f020b08c03e664d51c"},
  {"hardware/gpus/h200-sxm-141gb.yaml", file_19, sizeof file_19,
   "8c6d1cf81be3435376fefb51c979a56685fb5b487496ff3b43fff7c70fe91741"},
  {"hardware/gpus/rtx-4090-24gb.yaml", file_20, sizeof file_20,
   "3cd6f37f40671c4cc93c6604f75ecc18ddbc4a68e5f00015e1b05f4892ef7bf4"},
  {"hardware/gpus/rtx-pro-6000-96gb.yaml", file_21, sizeof file_21,
   "c279d3c7c4006abe1d2e7ea9aff1e1de83b6bbc2f8d75a82a5506ba5430523e4"},
  {"hardware/measurements/h200-pair-links.csv", file_22, sizeof file_22,
   "7ec88e867f3bc29d14626b3de9fc65604d6ba2a0e769bc7cbf1267ea606d6c87"},
  {"hardware/measurements/mooncake-h800-kv-transfers.csv", file_23, sizeof file_23,
   "2479b298241d40c927d8e24b15db1fc4c0702883b130fd7dfe2a5f04c48d9e3b"},
  {"hardware/measurements/rtx-pro-6000-pair-collectives.csv", file_24, sizeof file_24,
   "79a71327f51b77c07bf25bc4659b992ebe3974a1edaf909baf433932968fcee7"},
  {"hardware/networks/dgx-superpod-h100.yaml", file_25, sizeof file_25,
   "9aaf184a9fdc41192a34ef02c7f4484da9978769497ea88c6ff927ed1cea7a6f"},
  {"hardware/networks/meta-roce-24k.yaml", file_26, sizeof file_26,
   "72ad8e04de03084e87d9369dde5071b14b0f2b7fdb9c5ef85e69a8273314124e"},
  {"hardware/servers/a100-pair.yaml", file_27, sizeof file_27,
   "0bf8c617a640db18c756d06bc153dba9264dde5ed1ad78d48ed524a2c44c954c"},
  {"hardware/servers/dgx-a100-40gb.yaml", file_28, sizeof file_28,
   "b4997c213aa0a62b9f897368d1636cc8b7540efd6d41c050fdb5d976ce54043b"},
  {"hardware/servers/dgx-a100-80gb.yaml", file_29, sizeof file_29,
   "9068fb62f77ab5c6f928c7680cac89adb45928642597237b271eb1081d5585cb"},
  {"hardware/servers/dgx-h100.yaml", file_30, sizeof file_30,
   "15bd76bd2e793e80552cbffa8acb7dbe6e89cca13fd94dac9b140d12afa29303"},
  {"hardware/servers/h100-pair.yaml", file_31, sizeof file_31,
   "317d142b214d995377e187321e35693a28e322a9dd33b56266480ff83127f8f4"},
  {"hardware/servers/hgx-a100-8.yaml", file_32, sizeof file_32,
   "7890c1827d58c22d2c672fbad8e3408535e69703f5c7ebd8edc4e780c92e6f37"},
  {"hardware/servers/hgx-h100-8.yaml", file_33, sizeof file_33,
   "281e5fdfd10f9664c35a5e63720c5d217195a03c2d5756a4a8d83b29a6ffebfe"},
  {"hardware/servers/hgx-h200-8.yaml", file_34, sizeof file_34,
   "e3f93d675a39d46841ba6276f88130e8474b7f36bbbcc865648505c954c6c934"},
  {"hardware/servers/rtx-4090-single.yaml", file_35, sizeof file_35,
   "d357a45eec059070884b67eb774cd04e768d68c384283b538583851d4c0ae730"},
  {"hardware/servers/rtx-pro-6000-pair.yaml", file_36, sizeof file_36,
   "9a95373411973b1a3c9ca9ff9ae12b9a72f7d927c5e3fb583ae65e9e4ffb9295"},
  {"kernels/decode.cu", file_37, sizeof file_37,
   "bcba3b4f61579d3f9eeb21bdd9b99817bd35ce987fc2295ba83a23256df3a8c9"},
  {"kernels/filling.cu", file_38, sizeof file_38,
   "4e3f5be0dbc38511c3d23eac8c22abf95630a98fa4dc1b63a266a69a5fb0d635"},
  {"kernels/intrinsics.cuh", file_39, sizeof file_39,
   "c228bdac0f467c779e86b74f89034efb7c13d28cb50ad79b0a9e2f5d6059346e"},
  {"kernels/links.cu", file_40, sizeof file_40,
   "4f22e2ad4694c178843099e50ef5fb7bc7219accbf1f10bffbf5adb650deb816"},
  {"kernels/pages.cuh", file_41, sizeof file_41,
   "1061e26c24d605e7a75d44e65a196cefc5348ad3190ee0dbb6e293a0b13cf89c"},
  {"kernels/prefill-hopper.cu", file_42, sizeof file_42,
   "a43aa83828548bbf9b15fd1d5bffd92bc795710b0502e6a8c28cd6ba6232acc3"},
  {"kernels/prefill.cu", file_43, sizeof file_43,
   "afc6b6225815d06a90e75132bf8bea3e1d30fece7dc015f533f942480b9b3dcd"},
  {"lengths/arxiv-summarization.csv", file_44, sizeof file_44,
   "50b97234b7eef16663e2a6768e5fe6110a46451c828572021e72bc440c7bc160"},
  {"lengths/mlperf-deepseek-r1.csv", file_45, sizeof file_45,
   "1a21db135510969f04375a1d8d8de9c1064eeb14927848e1f2dd61ec2cc5d578"},
  {"lengths/mlperf-llama3.1-405b.csv", file_46, sizeof file_46,
   "2ea41b6d0f2b4adce5f5855ae240f03b062c00f6d412c6fda55338f203175e06"},
  {"lengths/mlperf-mixtral-8x7b.csv", file_47, sizeof file_47,
   "1c308f09ac234242d337f8af9c043e52b7b7eeac75d5e951082fd23696906c92"},
  {"models/aquila-7b.json", file_48, sizeof file_48,
   "9509a8cd605cced9478478acac842d13914068720d1813120bf6670e018c85bb"},
  {"models/codellama-34b.json", file_49, sizeof file_49,
   "775f6627d011890e243b2a3211fedad808bd4f88d1c9ead6d00fda3554174942"},
  {"models/deepseek-v3.json", file_50, sizeof file_50,
   "bf0e795319e0038169bc77e4a000789029236cbd4052f21b919a319bfeaa1af4"},
  {"models/gpt-j-6b.json", file_51, sizeof file_51,
   "2d847650c5a5e9e0be215a8e81a5811f486ef1ecb5028c306b72e5b8e2755c30"},
  {"models/llama-2-13b.json", file_52, sizeof file_52,
   "a39c6211ac4375068d4d24c4c155d5b758ccf40be18a520842b4b332180e9466"},
  {"models/llama-2-70b.json", file_53, sizeof file_53,
   "57cf9dd3f3a9da2783a98ae6f94a8355ba0daa6d2b0ae059ce979ce979157b0f"},
  {"models/llama-2-7b.json", file_54, sizeof file_54,
   "af01a5ac92eb1fbbca6eea6f5d96f6a0ad7a783ae76e84393edfd3cc1f4ab6b0"},
  {"models/llama-3.1-405b.json", file_55, sizeof file_55,
   "af9917672eda0b38d76c28c63e24431c001a930e76ec5b246aee5457e327e680"},
  {"models/llama-3.1-70b.json", file_56, sizeof file_56,
   "cf5bcbd727fc5a809d68fbdfdad677b291cbc73fcbcf2be2a3067e0c55abc8da"},
  {"models/llama-3.1-8b.json", file_57, sizeof file_57,
   "39ca38ec6afaf9908d44ca3de4cd146027c37b4be59bc08cdc5037e4d12adaf4"},
  {"models/llama-7b.json", file_58, sizeof file_58,
   "f0e328522fc104509c4da9cf433ef660af18c4f9cf6eb04eca24e1df649a65d2"},
  {"models/minimax-m2.json", file_59, sizeof file_59,
   "766b2f952fe23da14f755fd09054fc1214d70ef4caa5f02cd46245730535c20f"},
  {"models/mistral-7b.json", file_60, sizeof file_60,
   "dbaf1286541316fd67504d5995e81253c249bd8347e2377e5a5b460dbb9249f2"},
  {"models/mixtral-8x7b.json", file_61, sizeof file_61,
   "46545e774cec9571954fcdfcd794919a72e91a8f6f33dd2295f2207cce487197"},
  {"models/opt-30b.json", file_62, sizeof file_62,
   "430b341b2d4e239edd76aa032f05de13c46792237cf2547b161e3ec2b09d95fa"},
  {"models/opt-6.7b.json", file_63, sizeof file_63,
   "49ed808ed67bd1aed56c288ee2f7fd20f06ec28218df4642ac3879b84ecea8f4"},
  {"models/qwen-2-7b.json", file_64, sizeof file_64,
   "6fb56eb2e2e7a47d8f4a3d77a7a91fdcfc5184b2dfa58599118ea88cf79ccc5b"},
  {"models/qwen-2.5-14b.json", file_65, sizeof file_65,
   "cb9761d7458a2e7c7a39f3e5eef5dc675e833e08c5b4374ecaf44b4e8a9692ee"},
  {"models/qwen-2.5-72b.json", file_66, sizeof file_66,
   "bf5d3160186fbbcf217254fd8475cea27d7c1b9cddf9d4a71f48cc468f6f619a"},
  {"models/qwen-3-235b-a22b.json", file_67, sizeof file_67,
   "f4b0f5aa82538b9e7bb2138bdb116a3670caf175433528714391d4beb8ccd366"},
  {"models/qwen-3-30b-a3b.json", file_68, sizeof file_68,
   "68c78f002a2056c0986e2ee8adfc96ad2465399ce3a65d60d72b4ced12e3a73f"},
  {"models/qwen-3-32b.json", file_69, sizeof file_69,
   "ca960b9e5e22d095b5c6c60fa0d16738b363f1db87e8ea25f812fcd6c8b934ee"},
  {"models/yi-34b-200k.json", file_70, sizeof file_70,
   "4f775e2b2bfd99e01908c36b5b6629f39ce3408121e623715b70688e7a0fb978"},
  {"page/explore.css", file_71, sizeof file_71,
   "de5c6b5964bd87fc1d8d9e6a9a54e94c71e955a40da80ec1ce2ce5b75e8a3262"},
  {"page/explore.js", file_72, sizeof file_72,
   "926e49d56d81387c62b88bfd46069634a20c49d533b82c14e64b97aa0be64567"},
  {"page/report.css", file_73, sizeof file_73,
   "a009d4b7841efaa1bb7530058fa51ada8c98e8d652e0c85072c27b09acc85898"},
  {"page/report.js", file_74, sizeof file_74,
   "7ac3f742e73d18319cebce25e893b2c65edc24da0f8d43f69ab0d431fbd9e666"},
  {"profiles/a100-sxm-80gb.csv", file_75, sizeof file_75,
   "0b4410fe9654f3698eb4008638948dedb58097fd0e5307c674faac7423c13b19"},
  {"profiles/h100-sxm-80gb.csv", file_76, sizeof file_76,
   "864447cadee96bf62bf27d58923fae0b5a62c5e5688c59a030aabdefa21e5236"},
  {"profiles/h100-vllm-0.19.csv", file_77, sizeof file_77,
   "4a9aa39355e073eff7bf6e6577e4894c4f87bf1695c192e6715023f7ef5a57c8"},
  {"profiles/h200-sxm-141gb.csv", file_78, sizeof file_78,
   "1299f4517f92a55fbc87511723abf787a737f4a748d067b0556b6c3748de5793"},
  {"profiles/h200-vllm-0.14.csv", file_79, sizeof file_79,
   "442e63b788faa48b0520ff84b3e7dfc8ce834231108b2c162ee7dd8309449ac9"},
  {"profiles/h200-vllm-0.19.csv", file_80, sizeof file_80,
   "01f966e57598a9247fc55b9f568663ad8db3fb44ea2d2e0b4949c557cc7d6c79"},
  {"services/services.yaml", file_81, sizeof file_81,
   "0f38695dcd744d2d29680198e0374630d30695551dd11531b6c9eb38abaca2e3"},
  {"stacks/inference-sim.yaml", file_82, sizeof file_82,
   "91c49ecf11b42fb64a343f9d6bff55c48a956427457aaa88f67b0b0ac8ba5ef2"},
  {"stacks/sglang.yaml", file_83, sizeof file_83,
   "2aba5a000b8410bdb9c22fa0bc3f1a7c7dacb219a9d4acd36035baeb80e8d40a"},
  {"stacks/tensorrt-llm.yaml", file_84, sizeof file_84,
   "82b98f5a3f3d31a64fdabcb20573fa4e915c09a96dbda8965b8e1aa1ac27ab50"},
  {"stacks/vllm.yaml", file_85, sizeof file_85,
   "fc1dbffdd29c3d6d20f3d585e7d9ce914815102a8c1b4a5024d4ce7b6ddb3bbf"},
  {"trust/recordings.yaml", file_86, sizeof file_86,
   "fee12c0e59949cffcc60579a47662ec57d200648f8f0136cfdcafb3d30855301"},
};
size_t spillway_file_count(void) { return sizeof files / sizeof *files; }
spillway_file spillway_file_at(size_t index) { return files[index]; }
const spillway_file *spillway_file_named(const char *path) {
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) if (!strcmp(files[i].path, path)) return &files[i];
  return NULL;
}
