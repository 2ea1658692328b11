"""The Python package against the program that SPILLWAY_PROGRAM names; `python -m unittest`."""

import math
import pathlib
import tempfile
import unittest

import spillway

SCENARIO = {
    "server": "hgx-h100-8",
    "policies": ["vllm-v1", "vllm-v0"],
    "deployments": [{"name": "chat", "model": "llama-3.1-8b"}],
    "workload": {
        "rate": "8/s", "requests": 60, "prompt_tokens": 300, "output_tokens": 30,
        "slo": {"ttft": "1 s", "tpot": "50 ms"},
    },
}


class SpillwayTests(unittest.TestCase):
    def test_runs_are_rows(self):
        runs = spillway.run(SCENARIO, replications=2)
        self.assertEqual(list(runs.policy), ["vllm-v1", "vllm-v1", "vllm-v0", "vllm-v0"])
        self.assertTrue((runs.completed == 60).all())

    def test_figures_are_those_of_the_requests(self):
        runs = spillway.run(SCENARIO, policies=["vllm-v1"])
        rows = spillway.requests(SCENARIO, policies=["vllm-v1"])
        self.assertEqual(len(rows), 60)
        self.assertTrue(math.isclose((rows.first_token_s - rows.arrival_s).mean() * 1e3, runs.mean_ttft_ms[0], rel_tol=1e-6))

    def test_keys_are_set_and_varied(self):
        runs = spillway.run(SCENARIO, policies=["vllm-v1"], set={"workload.requests": 20},
                            vary={"workload.rate": ["4/s", "8/s"]})
        self.assertEqual(list(runs.completed), [20, 20])
        self.assertEqual(list(runs["workload.rate"]), [4, 8])

    def test_ratios(self):
        ratios = spillway.compare(SCENARIO, replications=3)
        self.assertEqual(set(ratios.baseline), {"vllm-v1"})

    def test_sweeps_and_capacity(self):
        with tempfile.TemporaryDirectory() as folder:
            points = spillway.sweep(SCENARIO, pathlib.Path(folder, "s.sqlite"), vary={"workload.rate": ["4/s", "8/s"]})
            self.assertEqual(len(points), 4)
        found = spillway.capacity(SCENARIO, policies=["vllm-v1"])
        self.assertGreater(found.load_factor[0], 1)

    def test_verdicts(self):
        holding = spillway.check({**SCENARIO, "expect": [{"metric": "completed", "above": 59}]})
        self.assertEqual(holding["verdict"], "holds")
        broken = spillway.check({**SCENARIO, "expect": [{"metric": "completed", "above": 60}]})
        self.assertEqual(broken["verdict"], "broken")

    def test_mistakes_are_told(self):
        with self.assertRaises(spillway.SpillwayError) as caught:
            spillway.run(SCENARIO, set={"workload.rat": "5/s"})
        self.assertEqual(caught.exception.status, 64)
        self.assertIn("did you mean", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
