#!/usr/bin/env python3
"""Whether the parts of requests' stories sum to their latencies: check-stories.py PROGRAM [STORIES]

Draws requests of three scenarios, asks 'spillway why' for each, and holds the sums of its parts against the rows that
'run --requests' writes, in whole picoseconds.
"""

import collections
import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile

SCENARIOS = pathlib.Path(__file__).parents[1] / "Scenarios"
# The share of the requests that each scenario gives.
NAMES = {"quickstart-burst.yaml": 0.6, "quickstart-harvest.yaml": 0.2, "aqua-burst.yaml": 0.2}


def picoseconds(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10**12 + int((part + "0" * 12)[:12])


def main():
    program, wanted = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    random.seed(1)
    told, wrong = collections.Counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        for name, share in NAMES.items():
            scenario, path = SCENARIOS / name, f"{folder}/rows.csv"
            common = ["--replications", "1", "--quiet"]
            subprocess.run([program, "run", scenario, *common, "--no-store", "--requests", path], check=True, stdout=subprocess.DEVNULL)
            rows = collections.defaultdict(dict)
            with open(path, newline="") as file:
                for row in csv.DictReader(file):
                    rows[int(row["id"])][row["policy"]] = row
            policies = max(len(each) for each in rows.values())
            numbers = sorted(number for number, each in rows.items() if len(each) == policies)
            for number in random.sample(numbers, min(len(numbers), round(wanted * share))):
                command = [program, "why", scenario, *common, "--request", str(number), "--format", "json"]
                stories = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["stories"]
                for story in stories:
                    row = rows[number][story["policy"]]
                    if row["status"] != "completed":
                        told["not completed"] += 1
                        continue
                    arrival, first, end = (picoseconds(row[key]) for key in ("arrival_s", "first_token_s", "finished_s"))
                    sums = [sum(part[key] for part in story["parts"]) for key in ("to_first_token_ps", "after_first_token_ps")]
                    told[f"{name}, {story['policy']}"] += 1
                    if sums != [first - arrival, end - first]:
                        wrong += 1
                        print(f"{name}, request {number}, {story['policy']}: {sums}, not {[first - arrival, end - first]}")
    for name, count in told.items():
        print(f"{name}: {count} stories")
    print(f"{sum(told.values())} stories; the parts of {wrong} do not sum to their latencies")
    sys.exit(wrong > 0)


main()
