#!/usr/bin/env python3
"""Fits a fixed time and a bandwidth to measured KV transfers between servers.

Prints the figures that Sources/CCatalogue/Data/hardware/cards/connectx-7-roce-200g-kv.yaml cites. Model: t(n) = fixed +
n / bandwidth, fitted by least squares of the relative error (weights 1/t).

Data: Sources/CCatalogue/Data/hardware/measurements/mooncake-h800-kv-transfers.csv.

    Scripts/derive-network.py
"""

import csv
import pathlib

CARDS = 8
TABLE = pathlib.Path(__file__).parent.parent / (
    "Sources/CCatalogue/Data/hardware/measurements/mooncake-h800-kv-transfers.csv"
)


def main():
    with open(TABLE, newline="") as text:
        rows = list(csv.DictReader(line for line in text if not line.startswith("#")))
    points = [(int(row["bytes"]), float(row["ms"]) / 1e3) for row in rows]
    w = wx = wxx = wy = wxy = 0.0
    for size, seconds in points:
        weight = 1 / seconds**2
        w += weight
        wx += weight * size
        wxx += weight * size * size
        wy += weight * seconds
        wxy += weight * size * seconds
    slope = (w * wxy - wx * wy) / (w * wxx - wx * wx)
    fixed = (wy - slope * wx) / w
    print(f"fixed {fixed * 1e6:.0f} us, bandwidth {1e-9 / slope:.0f} GB/s, of each card {1e-9 / slope / CARDS:.1f} GB/s")
    for size, seconds in points:
        print(f"{size / 1e6:8.0f} MB {seconds * 1e3:7.2f} ms measured, {(fixed + slope * size) / seconds - 1:+6.1%} fitted")


if __name__ == "__main__":
    main()
