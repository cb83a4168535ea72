"""The types that the rooms hand to each other. No torch is imported here."""

from __future__ import annotations

from ftcli.contracts.backbones import Backbone, Block, Form, FreezePolicy, ImagePreprocess, TextPreprocess
from ftcli.contracts.batches import Batch, Encoded, Packing, changed
from ftcli.contracts.examples import Boxes, Example, Mask, PathLike, Split, Target
from ftcli.contracts.measures import Loss, Metric
from ftcli.contracts.modalities import Inputs, Modality
from ftcli.contracts.target_kind import TargetKind
from ftcli.contracts.tasks import (
    Prediction,
    Task,
    TaskCriterion,
    TaskEncoder,
    TaskPredictor,
    TaskScorer,
    TaskType,
)

__all__ = [
    "Backbone", "Batch", "Block", "Boxes", "Encoded", "Example", "Form", "FreezePolicy", "ImagePreprocess",
    "Inputs", "Loss", "Mask", "Metric", "Modality", "Packing", "PathLike", "Prediction", "Split", "Target",
    "TargetKind", "Task", "TaskCriterion", "TaskEncoder", "TaskPredictor", "TaskScorer", "TaskType",
    "TextPreprocess", "changed",
]  # fmt: skip
