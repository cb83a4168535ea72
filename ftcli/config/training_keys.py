"""The keys of `training`: how long, on what, and how it is watched. See `schema.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ftcli.config.keys import key

TRACKERS = ("tensorboard", "mlflow", "wandb", "trackio")


@dataclass(frozen=True, slots=True)
class EarlyStop:
    """Stop when the metric has not improved."""

    patience: int = key("Evaluations without improvement", 3, minimum=1)
    min_delta: float | None = key(
        "What counts as an improvement; 0.25 standard errors if left out", minimum=0.0
    )


@dataclass(frozen=True, slots=True)
class Training:
    """How long, on what, and how it is watched."""

    epochs: int | None = key(
        "Passes over the training split; 0 keeps the probe as it is", minimum=0, maximum=100_000
    )
    device: str = key("auto, cpu, cuda, cuda:N or mps", "auto")
    precision: str = key("auto, fp32, bf16 or fp16", "auto", choices=("auto", "fp32", "bf16", "fp16"))
    compile: bool = key(
        "Whether training steps run through torch.compile: a minute of preparation, for long runs on a GPU",
        False,
    )
    shard: bool = key(
        "Whether several processes share the weights (FSDP2), for networks that do not fit into one GPU with their "
        "optimizer state; else each has them whole (DDP)",
        False,
    )
    seed: int = key("Of the split, the new head, the order, augmentation and dropout", 0, minimum=0)
    accumulate: int = key("Batches whose gradients make one step", 1, minimum=1)
    micro_batch: int | None = key(
        "Most examples that go through the network at once, in each process: a larger batch goes through it in parts, "
        "and the step stays the same; but batch norms see the parts",
        minimum=1,
    )
    clip: float | None = key("Largest norm of the gradient; 0 for no limit", minimum=0.0)
    retries: int = key(
        "How often training may go back to the end of the last epoch, and on at half the learning rate, after a loss "
        "or gradient that is not finite; saves every epoch, and checks every loss, for which a GPU has to wait",
        0,
        minimum=0,
        maximum=20,
    )
    ema: float | None = key(
        "Decay of the moving average of the weights; 0 for none", minimum=0.0, maximum=0.99999
    )
    average_best: int | None = key(
        "The weights of so many best epochs are averaged in the end, each only if the validation figure does not fall "
        "by it; 1, for the best epoch alone, if left out",
        minimum=1,
        maximum=100,
    )
    test_time_augment: bool | None = key(
        "Whether in the end the outputs of an image and of its mirror image are averaged, in every use of the model, "
        "if the validation figure rises by it; then each image takes twice as long"
    )
    early_stop: EarlyStop | bool | None = key("Patience and min_delta, or none", short="a patience")
    time: str | None = key(
        "The time that all may take, such as 90s, 20m or 1h30m: the schedule is fitted to it; what comes first, it or "
        "epochs, ends the run"
    )
    probe: bool | None = key(
        "Whether a linear layer is fitted to features of the frozen backbone first: the figure to beat, and where a "
        "linear head starts"
    )
    score_first: bool | None = key("Whether the validation split is scored before the first step")
    metric: str | None = key("The validation metric that decides which checkpoint is best")
    save_every: int = key("Epochs between checkpoints; the best and the last are always kept", 1, minimum=1)
    save_steps: int | None = key("Steps between checkpoints within an epoch", minimum=1)
    save_minutes: float = key("Minutes between checkpoints within an epoch; 0 for none", 15.0, minimum=0.0)
    keep_state: bool = key(
        "Whether a finished run keeps its optimizer's state, with which --resume goes on to more epochs; it may be "
        "twice as large as the weights that train",
        False,
    )
    log_every: int = key("Steps between lines in metrics.jsonl", 10, minimum=1)
    trackers: tuple[str, ...] = key(
        "Tools that get the figures, too, each with its extra: tensorboard, mlflow, wandb, trackio; none of them sends "
        "anything from this machine unless its environment variables say so",
        (),
        choices=TRACKERS,
    )
    tensorboard: bool = key("The same as trackers: [tensorboard]", False)

    @property
    def tracked_by(self) -> Mapping[str, str]:
        """All trackers, each with the key that asks for it."""
        asked = dict.fromkeys(self.trackers, "trackers")
        return {"tensorboard": "tensorboard", **asked} if self.tensorboard else asked
