"""Runs the Spillway simulator and gives its results as pandas data frames.

Every function runs the program once and reads what it prints. Scenarios are files, or dictionaries with the content of
one. Keyword arguments that several functions share:

set        a dictionary of keys and the values they are to have: ``{"workload.rate": "5/s"}``
vary       a dictionary of keys and lists of values, every one compared with every other
policies   names of the policies that are compared in place of the scenario's
replications, seed, jobs
           as the options of the command
"""

from __future__ import annotations

import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import Any, Mapping, Sequence, Union

import pandas

__all__ = ["SpillwayError", "advise", "capacity", "check", "compare", "program", "requests", "run", "series", "sweep"]

Scenario = Union[str, os.PathLike, Mapping[str, Any]]


class SpillwayError(RuntimeError):
    """What the program says of a mistake. ``status`` is its exit status: 64 wrong usage, 65 a mistake in a file, 66 a
    file that cannot be read, 73 one that cannot be written, 70 a fault of the program."""

    def __init__(self, status: int, message: str):
        super().__init__(message.strip())
        self.status = status


def program() -> str:
    """The path of the program: what SPILLWAY_PROGRAM names, or the one that came with this package."""
    named = os.environ.get("SPILLWAY_PROGRAM")
    if named:
        return named
    return str(pathlib.Path(__file__).with_name("bin") / "spillway")


def _text(value: Any) -> str:
    """A value as it is written in a scenario."""
    return value if isinstance(value, str) else json.dumps(value)


def _call(command: str, scenario: Scenario, options: Sequence[str], accepted: Sequence[int] = (0,)) -> str:
    arguments = [program(), command]
    text = None
    if isinstance(scenario, Mapping):
        # JSON is YAML.
        text = json.dumps(scenario)
        arguments.append("-")
    else:
        arguments.append(os.fspath(scenario))
    done = subprocess.run(arguments + list(options), input=text, capture_output=True, text=True, check=False)
    if done.returncode not in accepted:
        raise SpillwayError(done.returncode, done.stderr or done.stdout)
    return done.stdout


def _options(
    set: Mapping[str, Any] | None, vary: Mapping[str, Sequence[Any]] | None, policies: Sequence[str],
    replications: int | None, seed: int | None, jobs: int | None,
) -> list[str]:
    options = ["--quiet"]
    for key, value in (set or {}).items():
        options += ["--set", f"{key}={_text(value)}"]
    for key, values in (vary or {}).items():
        options += ["--vary", f"{key}={','.join(_text(value) for value in values)}"]
    for policy in policies:
        options += ["--policy", policy]
    for name, value in (("--replications", replications), ("--seed", seed), ("--jobs", jobs)):
        if value is not None:
            options += [name, str(value)]
    return options


def _frame(csv: str) -> pandas.DataFrame:
    return pandas.read_csv(io.StringIO(csv), dtype={"fingerprint": "string"})


def run(scenario: Scenario, *, set=None, vary=None, policies=(), replications=None, seed=None, jobs=None,
        store: str | os.PathLike | None = None) -> pandas.DataFrame:
    """Runs every policy, variant and replication; a row for each, deployment and request class.

    ``store`` names a results store that the runs are kept in; none when left out.
    """
    options = _options(set, vary, policies, replications, seed, jobs)
    options += ["--no-store"] if store is None else ["--store", os.fspath(store)]
    frame = _frame(_call("run", scenario, options + ["--format", "csv"]))
    # Means over replications stand in rows of their own; a data frame has better ways to them.
    single = pandas.to_numeric(frame.replication, errors="coerce")
    return frame[single.notna()].assign(replication=single[single.notna()].astype(int)).reset_index(drop=True)


def compare(scenario: Scenario, *, baseline: str | None = None, set=None, vary=None, policies=(), replications=None,
            seed=None, jobs=None) -> pandas.DataFrame:
    """Ratios and differences to a baseline from the same requests, with their intervals where there are replications."""
    options = _options(set, vary, policies, replications, seed, jobs) + ["--no-store", "--format", "csv"]
    if baseline is not None:
        options += ["--baseline", baseline]
    return _frame(_call("compare", scenario, options))


def requests(scenario: Scenario, *, set=None, vary=None, policies=(), replications=None, seed=None,
             jobs=None) -> pandas.DataFrame:
    """A row for each request of each run."""
    return _file("--requests", "requests.csv", scenario, _options(set, vary, policies, replications, seed, jobs))


def series(scenario: Scenario, *, resolution: str | None = None, set=None, vary=None, policies=(), replications=None,
           seed=None, jobs=None) -> pandas.DataFrame:
    """Queue, running requests, KV and links over time: a row for each interval of each run."""
    options = _options(set, vary, policies, replications, seed, jobs)
    if resolution is not None:
        options += ["--resolution", resolution]
    return _file("--series", "series.csv", scenario, options)


def _file(option: str, name: str, scenario: Scenario, options: list[str]) -> pandas.DataFrame:
    """What ``run`` writes to a file."""
    with tempfile.TemporaryDirectory(prefix="spillway-") as folder:
        path = pathlib.Path(folder, name)
        _call("run", scenario, options + ["--no-store", option, str(path)])
        return pandas.read_csv(path)


def sweep(scenario: Scenario, store: str | os.PathLike, *, set=None, vary=None, policies=(), replications=None,
          seed=None, jobs=None) -> pandas.DataFrame:
    """Every point of a sweep, those made that ``store`` does not have; varied keys are columns in base units."""
    options = _options(set, vary, policies, replications, seed, jobs)
    return _frame(_call("sweep", scenario, options + ["--store", os.fspath(store), "--format", "csv"]))


def capacity(scenario: Scenario, *, fewest_replicas: str | None = None, attain: float = 0.99,
             gpu_hour: float | None = None, set=None, vary=None, policies=(), replications=None, seed=None,
             jobs=None) -> pandas.DataFrame:
    """The highest load within the SLO, or the fewest replicas of a deployment, for each policy and variant."""
    options = _options(set, vary, policies, replications, seed, jobs) + ["--format", "csv", "--attain", str(attain)]
    if fewest_replicas is not None:
        options += ["--fewest-replicas", fewest_replicas]
    if gpu_hour is not None:
        options += ["--gpu-hour", str(gpu_hour)]
    return _frame(_call("capacity", scenario, options))


def advise(scenario: Scenario, *, deployment: str | None = None, attain: float = 0.99, gpu_hour: float | None = None,
           set=None, vary=None, policies=(), replications=None, seed=None, jobs=None) -> dict:
    """The settings with which the fewest GPUs keep the SLO, and the runner-up: the JSON of ``spillway advise``."""
    options = _options(set, vary, policies, replications, seed, jobs) + ["--format", "json", "--attain", str(attain)]
    if deployment is not None:
        options += ["--deployment", deployment]
    if gpu_hour is not None:
        options += ["--gpu-hour", str(gpu_hour)]
    return json.loads(_call("advise", scenario, options))


def check(scenario: Scenario, *, max_replications: int | None = None, set=None, policies=(), seed=None,
          jobs=None) -> dict:
    """Whether what the scenario expects holds: the JSON of ``spillway check``; its ``verdict`` is ``holds``, ``broken``
    or ``undecided``."""
    options = _options(set, None, policies, None, seed, jobs)
    if max_replications is not None:
        options += ["--max-replications", str(max_replications)]
    with tempfile.TemporaryDirectory(prefix="spillway-") as folder:
        path = pathlib.Path(folder, "verdicts.json")
        # 1 says that something is broken, 3 that something is undecided.
        _call("check", scenario, options + ["--json", str(path)], accepted=(0, 1, 3))
        return json.loads(path.read_text())


def main() -> int:
    """The command itself."""
    os.execv(program(), ["spillway", *sys.argv[1:]])
