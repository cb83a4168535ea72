"""The types that the rooms hand to each other. No torch is imported here, and each module only when it is needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftcli.contracts.backbones import Backbone as Backbone
    from ftcli.contracts.backbones import Block as Block
    from ftcli.contracts.backbones import Form as Form
    from ftcli.contracts.backbones import FreezePolicy as FreezePolicy
    from ftcli.contracts.backbones import ImagePreprocess as ImagePreprocess
    from ftcli.contracts.backbones import TextPreprocess as TextPreprocess
    from ftcli.contracts.backbones import block_by_name as block_by_name
    from ftcli.contracts.batches import Batch as Batch
    from ftcli.contracts.batches import Encoded as Encoded
    from ftcli.contracts.batches import Packing as Packing
    from ftcli.contracts.batches import changed as changed
    from ftcli.contracts.examples import Boxes as Boxes
    from ftcli.contracts.examples import Example as Example
    from ftcli.contracts.examples import Mask as Mask
    from ftcli.contracts.examples import PathLike as PathLike
    from ftcli.contracts.examples import Split as Split
    from ftcli.contracts.examples import Target as Target
    from ftcli.contracts.measures import Interval as Interval
    from ftcli.contracts.measures import Loss as Loss
    from ftcli.contracts.measures import Metric as Metric
    from ftcli.contracts.modalities import Inputs as Inputs
    from ftcli.contracts.modalities import Modality as Modality
    from ftcli.contracts.outcomes import ExampleScores as ExampleScores
    from ftcli.contracts.outcomes import Outcomes as Outcomes
    from ftcli.contracts.outcomes import PairTable as PairTable
    from ftcli.contracts.target_kind import TargetKind as TargetKind
    from ftcli.contracts.tasks import Prediction as Prediction
    from ftcli.contracts.tasks import Task as Task
    from ftcli.contracts.tasks import TaskCriterion as TaskCriterion
    from ftcli.contracts.tasks import TaskEncoder as TaskEncoder
    from ftcli.contracts.tasks import TaskPredictor as TaskPredictor
    from ftcli.contracts.tasks import TaskProbed as TaskProbed
    from ftcli.contracts.tasks import TaskScorer as TaskScorer
    from ftcli.contracts.tasks import TaskType as TaskType

_MODULES = {
    "backbones": (
        "Backbone",
        "Block",
        "Form",
        "FreezePolicy",
        "ImagePreprocess",
        "TextPreprocess",
        "block_by_name",
    ),
    "batches": (
        "Batch",
        "Encoded",
        "Packing",
        "changed",
    ),
    "examples": (
        "Boxes",
        "Example",
        "Mask",
        "PathLike",
        "Split",
        "Target",
    ),
    "measures": (
        "Interval",
        "Loss",
        "Metric",
    ),
    "modalities": (
        "Inputs",
        "Modality",
    ),
    "outcomes": (
        "ExampleScores",
        "Outcomes",
        "PairTable",
    ),
    "target_kind": ("TargetKind",),
    "tasks": (
        "Prediction",
        "Task",
        "TaskCriterion",
        "TaskEncoder",
        "TaskPredictor",
        "TaskProbed",
        "TaskScorer",
        "TaskType",
    ),
}
_WHERE = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
