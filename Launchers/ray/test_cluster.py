"""Sweeps over two Ray nodes on this machine and kills one of them while it works."""

import pathlib
import subprocess
import sys
import threading
import time

import ray
from ray.cluster_utils import Cluster

import spillway_ray

program, work = sys.argv[1], pathlib.Path(sys.argv[2])
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
second = cluster.add_node(num_cpus=1)
cluster.wait_for_nodes()
ray.init(address=cluster.address, log_to_driver=False)
assert sum(node["Alive"] for node in ray.nodes()) == 2
killed = threading.Event()


def kill_when_busy() -> None:
    """Removes the second node once two shards are under way at once, so that one of them is there."""
    for _ in range(2000):
        found = subprocess.run(["pgrep", "-fc", "sweep.yaml --shard"], capture_output=True, text=True, check=False)
        if int(found.stdout or 0) >= 2:
            cluster.remove_node(second, allow_graceful=False)
            killed.set()
            return
        time.sleep(0.02)


killer = threading.Thread(target=kill_when_busy)
killer.start()
spillway_ray.sweep(str(work / "sweep.yaml"), str(work / "merged.sqlite"), shards=6, program=program)
killer.join()
assert killed.is_set(), "no node was killed, so nothing was tested"
# The head notices by heartbeats that are missing.
deadline = time.monotonic() + 60
while sum(node["Alive"] for node in ray.nodes()) > 1 and time.monotonic() < deadline:
    time.sleep(0.2)
assert sum(node["Alive"] for node in ray.nodes()) == 1, "the node that was killed still lives"
ray.shutdown()
cluster.shutdown()
