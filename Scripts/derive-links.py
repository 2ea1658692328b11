#!/usr/bin/env python3
"""Fits latency and bandwidth of NVLink point-to-point messages to measured send/recv times.

Prints the figures that Sources/CCatalogue/Data/hardware cites. Model: t(n) = latency + n / bandwidth, fitted by
least squares of the relative error (weights 1/t) over the medians of messages of at least `--smallest` bytes.
Only two ranks inside one node are used (devices_per_node 2).

Data: microsoft/vidur, data/profiling/network (MIT), as files network_<node>_send_recv.csv.gz.

    Scripts/derive-links.py DATA/vidur_profiles
"""

import argparse
import csv
import gzip
import pathlib
import statistics
import sys


def read(path, smallest):
    """Message sizes in bytes and times in seconds, one pair per row."""
    with gzip.open(path, "rt", newline="") as text:
        for row in csv.DictReader(text):
            size, seconds = int(row["size"]), float(row["time_stats.send_recv.median"]) / 1e3
            if row["devices_per_node"] == "2" and row["num_workers"] == "2" and size >= smallest and seconds > 0:
                yield size, seconds


def fit(points):
    """(latency in seconds, bandwidth in bytes/s, median relative error) of the weighted least squares line."""
    sums = [0.0] * 5
    for size, seconds in points:
        weight = 1 / seconds**2
        for index, term in enumerate((1, size, size * size, seconds, size * seconds)):
            sums[index] += weight * term
    w, wx, wxx, wy, wxy = sums
    slope = (w * wxy - wx * wy) / (w * wxx - wx * wx)
    latency = (wy - slope * wx) / w
    errors = [abs(latency + slope * size - seconds) / seconds for size, seconds in points]
    return latency, 1 / slope, statistics.median(errors)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="folder of the network_*_send_recv.csv.gz files")
    parser.add_argument("--smallest", type=int, default=512 * 1024, help="bytes (default 524288)")
    options = parser.parse_args()
    files = sorted(options.folder.glob("network_*_send_recv.csv.gz"))
    if not files:
        sys.exit(f"{options.folder}: no network_*_send_recv.csv.gz files")
    print("file,points,latency_us,bandwidth_GBps,median_relative_error,largest_message_GBps")
    for path in files:
        points = sorted(read(path, options.smallest))
        if len(points) < 3:
            print(f"{path.name},{len(points)},,,,", flush=True)
            continue
        latency, bandwidth, error = fit(points)
        size, seconds = points[-1]
        print(f"{path.name},{len(points)},{latency * 1e6:.1f},{bandwidth / 1e9:.0f},{error:.3f},{size / seconds / 1e9:.0f}")


if __name__ == "__main__":
    main()
