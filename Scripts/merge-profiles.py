#!/usr/bin/env python3
"""Puts what `spillway calibrate` measured over the tables of another profile of the same GPU.

    Scripts/merge-profiles.py TABLES CALIBRATED [--take SECTION,...] [--step-times] [--name GPU] [--engine FILE] > PROFILE

Of the sections of step times, those named by --take (default: gemm,allreduce; `gemm:bfloat16` for one type alone) come
from CALIBRATED row by row: a row of the same keys replaces that of TABLES, other rows of TABLES stay, and columns are
those of both, empty where one has no figure. All sections that are not step times come from CALIBRATED whole, or not at all. FILE is what `spillway fit
--output` wrote of an engine. Nothing is fitted or rescaled. The catalogue's H200, in Sources/CCatalogue/Data:

    Scripts/merge-profiles.py profiles/h200-vllm-0.14.csv ../../../Results/calibration/h200-1.csv --take gemm:bfloat16 \
      --step-times --name h200-sxm-141gb > new.csv
    spillway fit LOG --profile new.csv --output engine.csv   # and the first command again with --engine engine.csv
"""
import argparse
import csv
import io
import sys

STEP_TIMES = ["device", "gemm", "gemm_single", "prefill", "decode", "experts", "allreduce", "engine"]


def read(path):
    """Comment lines above the first section, and sections as (header fields, comments, rows)."""
    top, sections, comments = [], [], []
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if not line.strip():
            continue
        if line.startswith("#"):
            comments.append(line)
            continue
        fields = next(csv.reader(io.StringIO(line)))
        if line.startswith("@"):
            if not sections:
                top, comments = comments, []
            sections.append((fields, comments, []))
        else:
            sections[-1][2].append((fields, comments))
        comments = []
    return top, sections


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


def columns(header):
    """Names of keys and the numbers after them, of `@name,type,key,...,1,2,4`."""
    rest = header[2:]
    count = next((i for i, field in enumerate(rest) if is_number(field)), len(rest))
    return rest[:count], rest[count:]


def merge(tables, measured):
    """One section out of two with the same name, type and keys."""
    (header, comments, rows), (other, _, more) = tables, measured
    keys, old = columns(header)
    names, new = columns(other)
    if keys != names:
        sys.exit(f"@{header[0]},{header[1]}: keys {keys} in one file and {names} in the other")
    grid = sorted(set(old) | set(new), key=float)
    known = {}
    for columns_here, source in ((old, rows), (new, more)):
        for fields, notes in source:
            known[tuple(fields[: len(keys)])] = (dict(zip(columns_here, fields[len(keys):])), notes)

    def order(key):
        return [(int(part), "") if part.isdigit() else (0, part) for part in key]

    merged = [(list(key) + [times.get(c, "") for c in grid], notes) for key, (times, notes) in known.items()]
    merged.sort(key=lambda row: order(row[0][: len(keys)]))
    return (header[:2] + keys + grid, comments, merged)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables")
    parser.add_argument("calibrated")
    parser.add_argument("--take", default="gemm,allreduce", help="sections of step times taken from CALIBRATED")
    parser.add_argument("--step-times", action="store_true", help="leave out all other sections of CALIBRATED")
    parser.add_argument("--name", help="the GPU's name in the profile")
    parser.add_argument("--engine", help="a file with a section @engine to take over")
    options = parser.parse_args()
    take = options.take.split(",")
    for name in (part.split(":")[0] for part in take):
        if name not in STEP_TIMES:
            parser.error(f"'{name}' holds no step times; there are {', '.join(STEP_TIMES)}")
    top, tables = read(options.tables)
    measured_top, measured = read(options.calibrated)
    sections = []
    for section in tables:
        name, kind = section[0][0][1:], section[0][1]
        twin = next((s for s in measured if s[0][:2] == section[0][:2] and (name in take or f"{name}:{kind}" in take)), None)
        sections.append(merge(section, twin) if twin else section)
    if options.name:
        sections[0] = (["@device", options.name] + sections[0][0][2:],) + sections[0][1:]
    if options.engine:
        engine = next(s for s in read(options.engine)[1] if s[0][0] == "@engine")
        sections = [s for s in sections if s[0][0] != "@engine"] + [engine]
    if not options.step_times:
        sections += [s for s in measured if s[0][0][1:] not in STEP_TIMES]

    writer = csv.writer(sys.stdout, lineterminator="\n")
    sources = [line.removeprefix("# source: ") for line in top + measured_top if line.startswith("# source: ")]
    for line in top:
        if line.startswith("# Written by "):
            line = line.replace("; do not edit.", " and Scripts/merge-profiles.py; do not edit.")
        if line.startswith("# source: "):
            line = f"# source: {'; '.join(sources)}, merged by Scripts/merge-profiles.py ({','.join(take)} measured)"
        print(line)
    for line in [] if options.step_times else measured_top:
        if not line.startswith(("# source: ", "# licence: ")):
            print(line)
    for header, comments, rows in sections:
        for comment in comments:
            print(comment)
        writer.writerow(header)
        for fields, notes in rows:
            for note in notes:
                print(note)
            writer.writerow(fields)


if __name__ == "__main__":
    main()
