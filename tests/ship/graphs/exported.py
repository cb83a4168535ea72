"""A tiny network as a predictor without a run, and the script of an exported folder in this process."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ftcli.config.generation import Generation
from ftcli.config.schema import Data, Experiment, Model
from ftcli.contracts import Backbone, Example
from ftcli.contracts.target_kinds import KINDS
from ftcli.losses import LOSSES
from ftcli.runs.caching import Caching
from ftcli.runs.directory import RunDirectory
from ftcli.runs.inference.predictor import Predictor
from ftcli.runs.inference.trained import Trained
from ftcli.ship.parity.calling import arrays, tensors_alone
from ftcli.ship.parity.comparing import compare_outputs
from ftcli.ship.parity.outputs import named
from ftcli.ship.parity.rows import batch_of
from ftcli.tasks import TASKS
from ftcli.training.precision import Fp32
from tests.tasks import cases


def predictor_of(
    task: str,
    backbone: Backbone | None = None,
    generation: Generation | None = None,
    data: Data | None = None,
) -> Predictor:
    """A network of the task's case, or another one, with random weights in place of trained ones."""
    case, task_type = cases.CASES[task], TASKS.load(task)
    target = case.lesson.target
    experiment = Experiment(
        task, data or Data(), Model(), generation=generation or Generation(max_new_tokens=4)
    )
    backbone = backbone or case.backbone()
    loss = LOSSES.load(KINDS[target.kind].loss)(target=target)
    made = task_type(target, backbone.preprocess, loss=loss, **task_type.settings(experiment))
    torch.manual_seed(0)
    model = made.attach(backbone).eval()
    precision = Fp32(torch.device("cpu"))
    caching = Caching(experiment, made, backbone, model, precision, [0], dry=True)
    where = Path("run")
    return Predictor(
        Trained(RunDirectory(where), where, experiment, task_type, made, model, precision, caching)
    )


def imported(path: Path) -> Any:
    """The script of an exported folder."""
    spec = importlib.util.spec_from_file_location("predict", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_outputs(predictor: Predictor, script: Any, examples: Sequence[Example]) -> None:
    """That the script's network gives what the predictor's does, alone and together."""
    for some in (examples, examples[:1]):
        batch = batch_of(predictor, some)
        with torch.no_grad(), tensors_alone(predictor.model) as given:
            wanted = predictor.outputs(batch)
        compare_outputs(batch.ids, named(wanted), script.network(arrays(given)))


def likeliest_rows(predictor: Predictor, examples: Sequence[Example]) -> list[list[dict[str, Any]]]:
    """What the predictor answers to the examples, together, without their targets."""
    asked = [predictor.task.unanswered(one) for one in examples]
    made = predictor.task.predictions(predictor.model, predictor.batch(asked))
    return [one.values(example) for one, example in zip(made, asked, strict=True)]


def sharper(backbone: Backbone, times: float = 20.0) -> Backbone:
    """With larger weights, so that tokens are not nearly equally likely."""
    with torch.no_grad():
        for one in backbone.module.parameters():
            if one.dim() > 1:
                one.mul_(times if one.std() < 0.1 else 1)
    return replace(backbone)
