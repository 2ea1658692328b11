#!/usr/bin/env python3
"""Prints the section `@gemm_single` of one machine: products at single sizes where the library chooses a bad kernel.

    Scripts/single-sizes.py Results/calibration/h200-1.csv Results/calibration/h200-2.csv Results/calibration/h200-4.csv \
      Results/calibration/h100-1.csv

A size counts when, in every file given, the product takes at least 1.5 times as long as at both sizes that were measured
around it. Times are those of the first file. `spillway explain` and every run take them at that size alone; all other sizes
follow the smoothed curve.
"""
import sys

LEAST = 1.5


def products(path):
    """Microseconds by (n, k), and the sizes they were measured at."""
    sizes, found, inside = [], {}, False
    for line in open(path, encoding="utf-8"):
        fields = line.strip().split(",")
        if line.startswith("@"):
            inside = fields[:2] == ["@gemm", "bfloat16"]
            sizes = [int(field) for field in fields[4:]] if inside else sizes
        elif inside and line.strip() and not line.startswith("#"):
            found[int(fields[0]), int(fields[1])] = [float(field) if field else None for field in fields[2:]]
    return sizes, found


def standing_out(path):
    sizes, found = products(path)
    result = {}
    for shape, times in found.items():
        for before, size, after in zip(range(len(sizes)), range(1, len(sizes)), range(2, len(sizes))):
            if None not in (times[before], times[size], times[after]):
                if times[size] >= LEAST * max(times[before], times[after]):
                    result[shape + (sizes[size],)] = times[size]
    return result


def main():
    machines = [standing_out(path) for path in sys.argv[1:]]
    if not machines:
        sys.exit(__doc__)
    agreed = sorted(set.intersection(*(set(machine) for machine in machines)))
    sizes = sorted({m for _, _, m in agreed})
    print("@gemm_single,bfloat16,n,k," + ",".join(map(str, sizes)))
    for shape in sorted({(n, k) for n, k, _ in agreed}):
        print(",".join(map(str, shape)) + "," + ",".join(f"{machines[0].get(shape + (m,), ''):.4g}"
              if shape + (m,) in agreed else "" for m in sizes))


main()
