#!/usr/bin/env python3
"""Rewrites the tables of Results/validation/suite.md from suite.csv beside it.

    spillway validate --suite DATA --points Results/validation/suite.csv > Results/validation/suite.txt
    Scripts/summarise-suite.py

The text around the tables is left as it is.
"""
import collections
import csv
import os
import statistics

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "Results", "validation")
BEGIN, END = "<!-- tables of Scripts/summarise-suite.py -->\n", "<!-- end of tables -->\n"
FIGURES = "points | bias | mean | median | p90 | worst"


def spread(rows):
    errors = [float(row["error"]) for row in rows]
    size = sorted(map(abs, errors))
    ninety = size[(9 * len(size) + 9) // 10 - 1]
    shares = [sum(size) / len(size), statistics.median(size), ninety, size[-1]]
    return f"{len(errors)} | {100 * sum(errors) / len(errors):+.1f} % | " + " | ".join(f"{100 * s:.1f} %" for s in shares)


def table(columns, lines):
    return [f"| {columns} | {FIGURES} |", "|" + " --- |" * (columns.count("|") + 7), *lines, ""]


def was_fitted(row):
    if not row["workload"].endswith("1024 in, 1024 out"):
        return False
    vllm = row["stack"] == "vllm-v1-async" and row["gpu"] == "H100"
    return vllm or row["stack"] == "tensorrt-llm" and row["tensor_parallel"] in ("2", "8")


def grouped(rows, key):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return sorted(groups.items())


def is_speed(row):
    """One figure of how fast each point goes; server runs' throughput is their load's."""
    if row["metric"] == "output throughput":
        return row["source"] != "dstack" and "Server" not in row["workload"]
    return row["metric"] == "makespan" or row["metric"] == "tpot mean" and not row["source"].startswith("MLPerf")


def main():
    with open(os.path.join(FOLDER, "suite.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    known = [row for row in rows if row["error"]]
    points = {(row["source"], row["place"]) for row in rows}
    predicted = {(row["source"], row["place"]) for row in known}
    lines = [f"{len(predicted)} of {len(points)} points are predicted; suite.txt ends with the reasons for the others.", "",
             "## Llama-3.1-70B, 8-bit weights (InferenceX)", ""]
    large = [row for row in known if row["source"] == "InferenceX" and "Llama-3.1-70B" in row["model"]]
    body = []
    for metric in ("tpot mean", "ttft mean"):
        for gpu, stack in (("H100", "vllm-v1-async"), ("H200", "vllm-v1-async"), ("H200", "tensorrt-llm")):
            chosen = [row for row in large if (row["gpu"], row["stack"], row["metric"]) == (gpu, stack, metric)]
            body.append(f"| {gpu}, {stack} | {metric} | {spread(chosen)} |")
            rest = [row for row in chosen if not was_fitted(row)]
            if len(rest) < len(chosen):
                body.append(f"| of these predicted, not fitted | {metric} | {spread(rest)} |")
        rest = [row for row in large if row["metric"] == metric and not was_fitted(row)]
        body.append(f"| all that is predicted, not fitted | {metric} | {spread(rest)} |")
    lines += table("points of | metric", body)
    lines += ["## By source", ""]
    lines += table("source | metric", [
        f"| {' | '.join(key)} | {spread(group)} |" for key, group in grouped(known, lambda r: (r["source"], r["metric"]))])
    lines += ["## By GPU", "", "Time per output token, makespan or output throughput, whichever the source gives.", ""]
    lines += table("GPU", [f"| {gpu} | {spread(group)} |" for gpu, group in grouped(filter(is_speed, known), lambda r: r["gpu"])])
    lines += ["## By source, model, GPU, degree and stack", "",
              "The same figures.", ""]
    columns = ("source", "model", "gpu", "tensor_parallel", "stack")
    lines += table("source | model | GPU | TP | stack", [
        f"| {' | '.join(key)} | {spread(group)} |"
        for key, group in grouped(filter(is_speed, known), lambda r: tuple(r[c] for c in columns))])
    path = os.path.join(FOLDER, "suite.md")
    with open(path) as file:
        text = file.read()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    with open(path, "w") as file:
        file.write(before + BEGIN + "\n" + "\n".join(lines) + END + after)


if __name__ == "__main__":
    main()
