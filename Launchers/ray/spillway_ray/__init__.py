"""Runs the shards of a Spillway sweep as Ray tasks and merges what they made.

Each task runs ``spillway sweep SCENARIO --shard i/n`` into a store of its own and gives the store's bytes back. Ray runs
a task again, on another node, when its worker or its node is lost; a shard's content does not depend on where it ran.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

import ray


def make_shard(program: str, scenario: str, shard: int, shards: int, options: list[str]) -> bytes:
    """Makes one shard and returns its store, an SQLite file.

    Raises subprocess.CalledProcessError, with what the program said in ``stderr``.
    """
    with tempfile.TemporaryDirectory(prefix="spillway-") as folder:
        part = pathlib.Path(folder, "part.sqlite")
        subprocess.run(
            [program, "sweep", scenario, "--shard", f"{shard}/{shards}", "--store", str(part), "--jobs", "1",
             "--quiet", "--format", "csv", *options],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return part.read_bytes()


def sweep(scenario: str, store: str, shards: int, program: str = "spillway", tries: int = 3,
          options: list[str] | None = None, progress=None) -> None:
    """Makes every shard on the cluster that Ray is connected to, and merges them into ``store``.

    ``tries``: how often a shard is begun again when its worker is lost. ``progress`` is called with the numbers of
    shards that are done and that there are. Raises what the first failing shard raised; shards merged by then stay.
    """
    task = ray.remote(num_cpus=1, max_retries=tries)(make_shard)
    options = options or []
    waiting = [task.remote(program, scenario, shard, shards, options) for shard in range(shards)]
    done = 0
    with tempfile.TemporaryDirectory(prefix="spillway-") as folder:
        part = pathlib.Path(folder, "part.sqlite")
        while waiting:
            ready, waiting = ray.wait(waiting, num_returns=1)
            part.write_bytes(ray.get(ready[0]))
            subprocess.run([program, "store", "merge", store, str(part)], check=True, stdout=subprocess.DEVNULL)
            done += 1
            if progress:
                progress(done, shards)


def _line(start: float):
    """A progress function that writes one line to a terminal."""

    def show(done: int, total: int) -> None:
        left = (time.monotonic() - start) / done * (total - done)
        print(f"\r\x1b[K{done} of {total} shards, about {left:.0f} s left", end="", file=sys.stderr, flush=True)
        if done == total:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    return show


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="spillway-ray", description="Run the points of a Spillway sweep on a Ray cluster.",
        epilog="Options behind -- go to 'spillway sweep'.")
    parser.add_argument("scenario", help="the scenario file; every node sees it under this path")
    parser.add_argument("store", help="the results store that shards are merged into")
    parser.add_argument("--shards", type=int, default=16, help="how many tasks (16)")
    parser.add_argument("--tries", type=int, default=3, help="how often a lost shard is begun again (3)")
    parser.add_argument("--address", default="auto", help="the cluster's head, HOST:PORT; a running one (auto)")
    parser.add_argument("--spillway", default="spillway", help="the program, under the same path on every node")
    arguments = sys.argv[1:]
    rest = arguments[arguments.index("--") + 1:] if "--" in arguments else []
    options = parser.parse_args(arguments[:len(arguments) - len(rest) - 1] if "--" in arguments else arguments)
    if options.shards < 1 or options.tries < 0:
        parser.error("--shards wants at least 1, --tries at least 0")
    scenario = pathlib.Path(options.scenario).resolve()
    if not scenario.is_file():
        parser.error(f"{options.scenario} is no file")
    ray.init(address=options.address, log_to_driver=False)
    try:
        sweep(str(scenario), options.store, options.shards, options.spillway, options.tries, rest,
              _line(time.monotonic()) if sys.stderr.isatty() else None)
    except (ray.exceptions.RayError, subprocess.CalledProcessError) as error:
        cause = getattr(error, "cause", error)
        print(f"spillway-ray: {getattr(cause, 'stderr', None) or cause}", file=sys.stderr)
        return 1
    return subprocess.run(
        [options.spillway, "sweep", str(scenario), "--store", options.store, "--quiet", *rest], check=False).returncode
