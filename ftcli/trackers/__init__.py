"""Trackers by name: each replays the figures of a run into a tool that shows them.

metrics.jsonl stays the truth. `replay.py` reads it, with the other files of a run, as what a tool can be given;
`tracker.py` says what a tracker does; `replaying.py` brings one up to date, for `ftcli sync`, and for `live.py` while a
run trains.
"""

from ftcli.registry import Registry

TRACKERS = Registry(
    "tracker",
    {
        "tensorboard": "ftcli.trackers.tensorboard:TensorBoard",
        "mlflow": "ftcli.trackers.mlflow:MLflow",
        "wandb": "ftcli.trackers.wandb:WeightsAndBiases",
        "trackio": "ftcli.trackers.trackio:Trackio",
    },
)
