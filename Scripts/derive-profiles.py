#!/usr/bin/env python3
"""Writes Sources/CCatalogue/Data/profiles/*.csv from the measured kernel tables of aiconfigurator.

    Scripts/derive-profiles.py --data DIR [--output DIR] [--check]

--data is the folder with the tables, DATA/aiconfigurator_kernels (CONTRIBUTING.md says where DATA comes from).
--check prints how well GEMM shapes are predicted by their neighbours and how the tables compare with Vidur's
(in ../vidur_profiles beside DIR, when there); it writes nothing.

What it does to the numbers: times go to microseconds with four significant digits; shapes below 512 are left
out; of a dense grid of m, the points listed below are kept; points that contradict their neighbours are dropped by
the two rules `drop_gemm_outliers` and `drop_decode_outliers`, and counted in the header. Nothing is fitted.
"""
import argparse
import collections
import csv
import gzip
import math
import os
import statistics

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
COMMIT = "095f58a51c4ca8e61b66ec108d86f223f8d559ce"
DATE = "2026-11-21"
# name, suffix of the GEMM table and of the others, of the NCCL table, device, peak bf16 FLOP/s (dense), peak fp8, HBM bytes/s: NVIDIA data sheets
# H100 matrix products come from the vLLM 0.19 table: in the 0.14 one forty times as many points contradict their
# neighbours (44 against 1 in bfloat16 by `drop_gemm_outliers`).
GPUS = [
    ("a100-sxm-80gb", "a100_vllm0.14", "a100_vllm0.14", "a100_2.27.3", "NVIDIA A100-SXM4-80GB", 312e12, 0, 2.039e12),
    ("h100-sxm-80gb", "h100_vllm0.19", "h100_vllm0.14", "h100_2.27.3", "NVIDIA H100 80GB HBM3", 989e12, 1979e12, 3.35e12),
    # Made into h200-sxm-141gb with products measured in bursts by Scripts/merge-profiles.py; kept to fit engine costs on,
    # for GPUs whose products come from such tables.
    ("h200-vllm-0.14", "h200_vllm0.14", "h200_vllm0.14", "h200_2.26.2", "NVIDIA H200", 989e12, 1979e12, 4.8e12),
]
# The kernels of vLLM 0.19, for published serving measurements with 8-bit weights and mixtures of experts. Its prefill
# attention on the H200 is left out, because those times are up to ten times below what the GPU's peak rate allows: the
# H100's, which computes as fast, stands in. Its decode attention there lacks the split over the context that fills the
# GPU at few sequences; as its memory is the faster one, no point may be slower than the H100's. Its large products were
# measured in bursts, faster than the H100's, which the same arithmetic units and power limit do not allow for long: where
# they are bound by arithmetic, no point may be faster than the H100's. In every profile of the H200 its all-reduce, over the
# same NVLink and NVSwitch, may not be slower: from 256 KiB to 4 MiB over eight GPUs it took up to 2.5 times as long.
ENGINES = [
    ("h100-vllm-0.19", "h100_vllm0.19", "h100_vllm0.19", "h100_vllm0.19", "h100_vllm0.14", "h100_2.27.3",
     "NVIDIA H100 80GB HBM3", 989e12, 1979e12, 3.35e12),
    ("h200-vllm-0.19", "h200_vllm0.19", "h100_vllm0.19", "h200_vllm0.19", "h200_vllm0.14", "h200_2.26.2",
     "NVIDIA H200", 989e12, 1979e12, 4.8e12),
]
# Where the 8-bit products change tiles, both sides of the step as far as decode goes; beyond, where only prefill is and
# every iteration has another size, whole tiles.
M_ENGINE = [1, 8, 16, 17, 32, 33, 48, 49, 64, 65, 80, 96, 112, 128, 129, 160, 192, 224, 256, 512, 768, 1024, 1280, 1536, 1792,
            2048, 2304, 2560, 3072, 3584, 4096, 8192, 16384]
M_BF16 = [1, 2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512, 768, 1024, 2048, 4096, 8192, 16384]
M_FP8 = [1, 16, 64, 128, 256, 512, 1024, 2048, 4096, 8192]
SMALLEST = 512
NEIGHBOURS = 8
MOE_DISTRIBUTION = "power_law_1.01"


def rows(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", newline="") as file:
        yield from csv.DictReader(file)


def microseconds(milliseconds):
    """Four significant digits, plainly written."""
    value = float(f"{milliseconds * 1e3:.4g}")
    return f"{value:.10f}".rstrip("0").rstrip(".")


def roofline(n, k, m, size, flops, bandwidth):
    """Milliseconds of a GEMM at the data sheet's rates; `size` bytes per operand, two per result."""
    return 1e3 * max(2 * m * n * k / flops, (size * (n * k + m * k) + 2 * m * n) / bandwidth)


def read_gemm(path, dtype, grid):
    table = collections.defaultdict(dict)
    for row in rows(path):
        n, k, m = int(row["n"]), int(row["k"]), int(row["m"])
        if row["gemm_dtype"] == dtype and m in grid and min(n, k) >= SMALLEST:
            table[n, k][m] = float(row["latency_ms"])
    return dict(table)


def predict_gemm(table, n, k, m, size, flops, bandwidth):
    """From the weighted median efficiency of the nearest other shapes; the simulator does the same."""
    near = []
    for (a, b), times in table.items():
        if (a, b) != (n, k) and m in times:
            distance = math.hypot(math.log(a / n), math.log(b / k))
            near.append((distance, roofline(a, b, m, size, flops, bandwidth) / times[m]))
    near = sorted(near)[:NEIGHBOURS]
    weighted = sorted((efficiency, 1 / (distance + 0.05) ** 2) for distance, efficiency in near)
    half = sum(weight for _, weight in weighted) / 2
    for efficiency, weight in weighted:
        half -= weight
        if half <= 0:
            return roofline(n, k, m, size, flops, bandwidth) / efficiency


def drop_gemm_outliers(table, size, flops, bandwidth, limit=1.6):
    """Drops points off by more than `limit` from what their eight nearest shapes say at the same m."""
    doomed = []
    for (n, k), times in table.items():
        if min(n, k) < 1024:
            continue  # small kernels differ by launch shape; neighbours say little
        for m in times:
            ratio = times[m] / predict_gemm(table, n, k, m, size, flops, bandwidth)
            if ratio > limit or ratio < 1 / limit:
                doomed.append((n, k, m))
    for n, k, m in doomed:
        del table[n, k][m]
    return len(doomed)


def drop_decode_outliers(table, slack=1.25):
    """Drops points slower, by more than a quarter, than a point with at least as many sequences and as much context.

    Of two that contradict each other the one in more contradictions goes.
    """
    dropped = 0
    for points in table.values():
        while True:
            score = collections.Counter()
            for (b, s), t in points.items():
                for (b2, s2), t2 in points.items():
                    if b2 >= b and s2 >= s and t > slack * t2:
                        score[b, s] += 1
                        score[b2, s2] += 1
            if not score:
                break
            worst = max(score, key=lambda key: (score[key], key))
            del points[worst]
            dropped += 1
    return dropped


def read_attention(path, length_column, offset):
    table = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in rows(path):
        if row["kv_cache_dtype"] == "bfloat16" and row["head_dim"] == "128":
            config = int(row["num_heads"]), int(row["num_key_value_heads"])
            key = int(row["batch_size"]), int(row[length_column]) + offset
            table[config][key].append(float(row["latency_ms"]))
    return {c: {key: statistics.median(ts) for key, ts in points.items()} for c, points in table.items()}


def write_profile(data, output, gpu):
    """`gpu` is a row of GPUS, or of ENGINES: there mixtures of other models and with 8-bit weights are taken too."""
    served = len(gpu) == 10
    if served:
        name, gemm, prefill_suffix, decode_suffix, suffix, nccl, device, flops, flops8, bandwidth = gpu
    else:
        name, gemm, suffix, nccl, device, flops, flops8, bandwidth = gpu
        prefill_suffix = decode_suffix = suffix
    version = lambda part: part.split("_")[1].replace("vllm", "vLLM ")
    engine = version(suffix)
    kind = lambda part: part.split("_")[0]
    others = [f"{what}: {version(part)}" + (f" on {kind(part).upper()}" if kind(part) != kind(suffix) else "")
              for what, part in (("gemm", gemm), ("prefill", prefill_suffix), ("decode", decode_suffix))
              if version(part) != engine]
    if others:
        engine = f"{engine} ({', '.join(others)})"
    lines = []

    def section(*header):
        lines.append("@" + ",".join(str(item) for item in header))

    def record(*fields):
        lines.append(",".join("" if item is None else str(item) for item in fields))

    def timed(values):
        return [None if value is None else microseconds(value) for value in values]

    dropped_gemm = dropped_decode = 0
    for dtype, grid, size, peak in (
            ("bfloat16", M_BF16, 2, flops), ("fp8", M_ENGINE if served else M_FP8, 1, flops8)):
        table = read_gemm(os.path.join(data, f"gemm_{gemm}.csv.gz"), dtype, set(grid))
        if not table:
            continue
        if served:
            other = read_gemm(os.path.join(data, "gemm_h100_vllm0.19.csv.gz"), dtype, set(grid))
            for (n, k), times in table.items():
                for m in times:
                    if 2 * m * n * k / peak > (size * (n * k + m * k) + 2 * m * n) / bandwidth:
                        times[m] = max(times[m], other.get((n, k), {}).get(m, times[m]))
        dropped_gemm += drop_gemm_outliers(table, size, peak, bandwidth)
        present = [m for m in grid if any(m in times for times in table.values())]
        section("gemm", dtype, "n", "k", *present)
        for n, k in sorted(table):
            record(n, k, *timed(table[n, k].get(m) for m in present))

    prefill = read_attention(os.path.join(data, f"attn_context_{prefill_suffix}.csv.gz"), "isl", 0)
    lengths = sorted({s for points in prefill.values() for b, s in points if b == 1})
    section("prefill", "bfloat16", "heads", "kv_heads", *lengths)
    for heads, kv_heads in sorted(prefill):
        points = prefill[heads, kv_heads]
        record(heads, kv_heads, *timed(points.get((1, s)) for s in lengths))

    decode = read_attention(os.path.join(data, f"attn_generation_{decode_suffix}.csv.gz"), "step", 1)
    if served:
        other = read_attention(os.path.join(data, "attn_generation_h100_vllm0.19.csv.gz"), "step", 1)
        for config, points in decode.items():
            for key, time in points.items():
                points[key] = min(time, other.get(config, {}).get(key, time))
    dropped_decode = drop_decode_outliers(decode)
    contexts = sorted({s for points in decode.values() for _, s in points if s & (s - 1) == 0})
    section("decode", "bfloat16", "heads", "kv_heads", "sequences", *contexts)
    for heads, kv_heads in sorted(decode):
        points = decode[heads, kv_heads]
        for batch in sorted({b for b, _ in points}):
            if any((batch, s) in points for s in contexts):
                record(heads, kv_heads, batch, *timed(points.get((batch, s)) for s in contexts))

    for dtype in ("bfloat16", "fp8") if served else ("bfloat16",):
        experts = collections.defaultdict(dict)
        for row in rows(os.path.join(data, f"moe_{suffix}.csv.gz")):
            if (row["moe_dtype"], row["distribution"], row["moe_ep_size"]) != (dtype, MOE_DISTRIBUTION, "1"):
                continue
            shape = int(row["hidden_size"]), int(row["inter_size"]) // int(row["moe_tp_size"])
            if int(row["inter_size"]) % int(row["moe_tp_size"]) == 0:
                key = *shape, int(row["num_experts"]), int(row["topk"])
                experts[key][int(row["num_tokens"])] = float(row["latency_ms"])
        if not served:
            experts = {key: times for key, times in experts.items() if key[0] == 4096 and key[2] == 8}  # Mixtral-8x7B
        tokens = sorted({m for times in experts.values() for m in times})
        section("experts", dtype, "hidden", "intermediate", "experts", "per_token", *tokens)
        for key in sorted(experts):
            record(*key, *timed(experts[key].get(m) for m in tokens))

    reduce = collections.defaultdict(dict)
    for row in rows(os.path.join(data, f"allreduce_{suffix}.csv")):
        if row["backend"] == "vllm_graph":
            reduce["vllm", int(row["num_gpus"])][2 * int(row["message_elems"])] = float(row["latency_ms"])
    if device == "NVIDIA H200":
        for row in rows(os.path.join(data, "allreduce_h100_vllm0.14.csv")):
            key, size = ("vllm", int(row["num_gpus"])), 2 * int(row["message_elems"])
            if row["backend"] == "vllm_graph" and size in reduce[key]:
                reduce[key][size] = min(reduce[key][size], float(row["latency_ms"]))
    for row in rows(os.path.join(data, f"nccl_{nccl}.csv")):
        if row["op_name"] == "all_reduce":
            reduce["nccl", int(row["num_gpus"])][2 * int(row["message_elems"])] = float(row["latency_ms"])
    sizes = sorted({size for times in reduce.values() for size in times if size <= 1 << 30})
    section("allreduce", "bfloat16", "library", "gpus", *sizes)
    for key in sorted(reduce):
        record(*key, *timed(reduce[key].get(size) for size in sizes))

    header = [
        f"# Step-time profile of {device}: times of single kernels in microseconds, four significant digits.",
        "# Written by Scripts/derive-profiles.py; do not edit.",
        f"# source: github.com/ai-dynamo/aiconfigurator commit {COMMIT}, tables of {engine}, measured; derived {DATE}",
        "# licence: Apache-2.0, Copyright (c) 2025-2026 NVIDIA CORPORATION & AFFILIATES; changed: selected, rounded" +
        (", held against the H100's:" if device == "NVIDIA H200" else ""),
        *(["# all-reduce no slower" + ("; decode attention no slower; compute-bound products no faster; prefill attention the H100's"
                                       if served else "")] if device == "NVIDIA H200" else []),
        f"# points dropped as contradicting their neighbours: {dropped_gemm} GEMM, {dropped_decode} decode attention",
        "# gemm: one product of m x k by k x n, against m. prefill: one layer, one prompt, causal, heads per GPU,",
        "# head width 128, against prompt length. decode: one layer, one step, against context tokens of each sequence.",
        f"# experts: one mixture layer, expert load {MOE_DISTRIBUTION}, against tokens. allreduce: against bytes.",
        f"@device,{name},{flops:.6g},{flops8:.6g},{bandwidth:.6g}",
    ]
    path = os.path.join(output, name + ".csv")
    with open(path, "w", newline="\n") as file:
        file.write("\n".join(header + lines) + "\n")
    print(f"{path}: {os.path.getsize(path) / 1024:.0f} KiB, dropped {dropped_gemm} GEMM and {dropped_decode} decode points")


def check(data):
    for name, gemm, _, _, _, flops, _, bandwidth in GPUS:
        table = read_gemm(os.path.join(data, f"gemm_{gemm}.csv.gz"), "bfloat16", set(M_BF16))
        drop_gemm_outliers(table, 2, flops, bandwidth)
        errors = sorted(
            abs(predict_gemm(table, n, k, m, 2, flops, bandwidth) / t - 1)
            for (n, k), times in table.items() if min(n, k) >= 1024 for m, t in times.items())
        print(f"{name}: GEMM shapes left out one at a time: {len(errors)} points, mean error "
              f"{statistics.mean(errors):.1%}, median {statistics.median(errors):.1%}, "
              f"90th percentile {errors[int(0.9 * len(errors))]:.1%}")
        vidur = os.path.join(data, "..", "vidur_profiles", f"compute_{name[:4]}_Llama-2-70b-hf_mlp.csv.gz")
        if not os.path.exists(vidur):
            continue
        for row in rows(vidur):
            m, tp = int(row["num_tokens"]), int(row["num_tensor_parallel_workers"])
            if m not in (64, 512, 2048, 4096) or tp not in (2, 4):
                continue
            shapes = {"attn_pre_proj": (10240 // tp, 8192), "attn_post_proj": (8192, 8192 // tp),
                      "mlp_up_proj": (57344 // tp, 8192), "mlp_down_proj": (8192, 28672 // tp)}
            theirs = sum(float(row[f"time_stats.{op}.median"]) for op in shapes)
            ours = sum(table.get(s, {}).get(m) or predict_gemm(table, *s, m, 2, flops, bandwidth) for s in shapes.values())
            print(f"{name}: Llama-2-70B TP{tp}, {m} tokens, four products of a layer: "
                  f"{ours * 1e3:.0f} us, Vidur {theirs * 1e3:.0f} us, ratio {ours / theirs:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--output", default=os.path.join(ROOT, "Sources", "CCatalogue", "Data", "profiles"))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        check(options.data)
        return
    os.makedirs(options.output, exist_ok=True)
    for gpu in GPUS + ENGINES:
        write_profile(options.data, options.output, gpu)


if __name__ == "__main__":
    main()
