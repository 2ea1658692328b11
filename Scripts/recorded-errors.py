#!/usr/bin/env python3
"""Puts the errors of Results/validation/deployed.md into the runs of the catalogue's trust/recordings.yaml.

Which recordings and runs there are stays as it is. Run it after the tables of deployed.md have changed.
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORDINGS = ROOT / "Sources/CCatalogue/Data/trust/recordings.yaml"


def tables(text):
    """Errors in percent of (recording, experiment): twelve of latencies, and one of throughput."""
    latencies, throughput = {}, {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and "`" in cells[0]:
            recording, experiment = re.fullmatch(r"(.*), `(\w+)`", cells[0]).groups()
            numbers = ", ".join(cells[1:]).replace("+", "").split(", ")
            latencies[recording, experiment] = [number.removeprefix("-") if float(number) == 0 else number
                                                for number in numbers]
        elif len(cells) == 9 and cells[1].startswith("`"):
            experiment = re.match(r"`(\w+)`", cells[1]).group(1)
            throughput[cells[0], experiment] = cells[4].split(", ")[1].removesuffix(" %").removeprefix("+")
    return latencies, throughput


def main():
    latencies, throughput = tables((ROOT / "Results/validation/deployed.md").read_text())
    lines, recording = [], None
    for line in RECORDINGS.read_text().splitlines():
        if found := re.match(r'\s+table: "(.*)"', line):
            recording = found.group(1)
        if found := re.match(r"(\s+- \{name: (\w+), ).*\}", line):
            key = recording, found.group(2)
            line = f"{found.group(1)}latencies: [{', '.join(latencies[key])}], throughput: {throughput[key]}}}"
        lines.append(line)
    RECORDINGS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
