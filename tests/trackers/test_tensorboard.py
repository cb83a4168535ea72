"""A run in TensorBoard, read back by its own reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.errors import RunError
from ftcli.trackers.replaying import Replaying, sync
from tests.trackers import growing

pytest.importorskip("tensorboard")


@pytest.mark.parametrize("same", [True, False])
def test_after_a_kill_and_two_syncs_each_point_is_there_once(run: Path, same: bool) -> None:
    growing.killed_and_retrained(run, "tensorboard", same=same)
    for _ in range(2):
        sync(run, "tensorboard")
        assert growing.in_tensorboard(run) == growing.truncated(growing.with_best(run))
        assert len(list((run / "tensorboard").iterdir())) == 1


def test_a_log_that_went_back_is_shown_as_it_is_now(run: Path) -> None:
    """Also before the run has ended, and beside events of an earlier version of ftcli."""
    (run / "tensorboard").mkdir()
    growing.grow(run, growing.lines())
    sending = Replaying(run, "tensorboard")
    sending.begin()
    sending.more()
    sending.close()
    (file,) = (run / "tensorboard").iterdir()
    file.rename(file.with_name("events.out.tfevents.9000000000.host.1.0"))
    (run / "metrics.jsonl").unlink()
    growing.grow(run, growing.lines(epochs=1))
    sending = Replaying(run, "tensorboard")
    sending.begin()
    sending.more()
    assert growing.in_tensorboard(run) == growing.truncated(growing.logged(run))
    (run / "metrics.jsonl").unlink()
    growing.grow(run, growing.lines(epochs=1)[:2])
    sending.begin()
    sending.more()
    assert growing.in_tensorboard(run) == growing.truncated(growing.logged(run))
    sending.end()
    sending.close()
    assert len(list((run / "tensorboard").iterdir())) == 1


def test_parameters_are_in_the_hparams_tab(run: Path) -> None:
    growing.grow(run, growing.lines())
    growing.finish(run)
    sync(run, "tensorboard")
    found = _hparams(run)
    started = found["_hparams_/session_start_info"].session_start_info
    assert started.hparams["data.batch_size"].number_value == 32
    assert started.hparams["model.backbone"].string_value == "torchvision/mobilenet_v2"
    assert found["_hparams_/session_end_info"].session_end_info.status == 1
    tags = [one.name.tag for one in found["_hparams_/experiment"].experiment.metric_infos]
    assert tags == ["best/epoch", "best/val/accuracy", "best/val/loss", "best/test/accuracy"]


def _hparams(run: Path) -> dict[str, Any]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    tags = events.PluginTagToContent("hparams")
    return {tag: HParamsPluginData.FromString(content) for tag, content in tags.items()}


def test_a_link_is_not_followed(run: Path, tmp_path: Path) -> None:
    (run / "tensorboard").symlink_to(tmp_path)
    with pytest.raises(RunError, match="is a link"):
        sync(run, "tensorboard")
