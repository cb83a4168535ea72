"""A predictor that draws no texts at random, for exports whose random numbers are others."""

from __future__ import annotations

from dataclasses import replace

from ftcli.runs.assembly import build_task
from ftcli.runs.inference.predictor import Predictor

# The variable of the environment in which the process that tries an export says the same to its predict.py.
VARIABLE = "LIKELIEST"


def likeliest(predictor: Predictor) -> Predictor:
    """The predictor, which takes the likeliest token each time where `generation.temperature` says otherwise."""
    trained, settings = predictor.trained, predictor.experiment.generation
    if not settings.temperature:
        return predictor
    experiment = replace(predictor.experiment, generation=replace(settings, temperature=0.0))
    task = build_task(experiment, trained.task_type, predictor.target, trained.caching.backbone)
    return Predictor(replace(trained, experiment=experiment, task=task))
