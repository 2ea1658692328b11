"""Searches two limits of vLLM's scheduler with Optuna: the highest share of good requests at a given load.

    pip install optuna
    python tune.py ../../Scenarios/sweeps/batch-limits.yaml 20/s

`spillway advise` needs no Optuna for this; the example is for searches of one's own.
"""

import sys

import optuna

import spillway

scenario, rate = sys.argv[1], sys.argv[2]


def objective(trial: optuna.Trial) -> float:
    engine = "deployments.chat.engine."
    runs = spillway.run(
        scenario, replications=3,
        set={
            "workload.rate": rate,
            engine + "max_num_batched_tokens": trial.suggest_int("max_num_batched_tokens", 512, 16384, log=True),
            engine + "max_num_seqs": trial.suggest_int("max_num_seqs", 32, 1024, log=True),
        })
    # Every trial sees the same requests, so that trials differ by their settings alone.
    trial.set_user_attr("p99_ttft_ms", runs.p99_ttft_ms.mean())
    return runs.good_fraction.mean()


study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=1))
study.optimize(objective, n_trials=int(sys.argv[3]) if len(sys.argv) > 3 else 40)
print(f"{study.best_value:.1%} within the SLO, p99 TTFT {study.best_trial.user_attrs['p99_ttft_ms']:.0f} ms: "
      f"{study.best_params}")
