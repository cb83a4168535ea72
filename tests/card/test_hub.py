"""The hub's words: each task, figure and licence that there is."""

from __future__ import annotations

from huggingface_hub import InferenceClient

from ftcli.card.hub import LICENCES, METRICS, TASKS
from ftcli.contracts.target_kinds import KINDS
from ftcli.tasks import OUTLINES


def test_every_task_has_a_row_with_its_inputs() -> None:
    assert TASKS.keys() == OUTLINES.keys()
    for task, row in TASKS.items():
        assert OUTLINES[task].inputs == (row.takes,)
        assert not row.pipeline or hasattr(InferenceClient, row.pipeline.replace("-", "_"))


def test_figures_are_ours() -> None:
    ours = {figure for kind in KINDS.values() for figure in (*kind.figures, *kind.thorough_figures)}
    assert ours >= METRICS.keys()
    # Those that https://hf.co/metrics does not have.
    assert ours - METRICS.keys() == {
        "map", "map50", "map75", "mcd", "rmse", "spectrogram_distance", "top5_accuracy",
    }  # fmt: skip


def test_licences_are_ids() -> None:
    assert {"apache-2.0", "mit", "cc-by-nc-4.0", "unknown", "other"} <= LICENCES
    assert all(one == one.lower() and " " not in one for one in LICENCES)
