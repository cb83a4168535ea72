"""The time of a study, from its first moment on, and what a kill at that moment leaves."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from ftcli.errors import UserError
from ftcli.runs.experiment_checks import load_checked
from ftcli.studies.trials import Begun, Trial
from ftcli.studies.tuning.study import SPENT, Study
from ftcli.studies.tuning.tune import Asked, in_time
from ftcli.system import signals
from tests.studies.tuning.test_finals import FACTS

pytestmark = pytest.mark.skipif(signals.ALARM is None, reason="this system has no alarms")


def test_the_time_counts_while_data_and_network_are_opened(
    workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(self: Trial) -> Begun:
        self.folder.mkdir(parents=True)
        time.sleep(60)
        raise AssertionError

    (workplace / "x.yaml").write_text("task: image-classification\ndata: digits\nmodel: digits\n")
    monkeypatch.setattr(Trial, "begin", begin)
    began = time.monotonic()
    late = r"^--time: 1 s are over before the data and the network are open\. More would be right"
    with pytest.raises(UserError, match=late), in_time(began - 0.8, Asked(1.0)):
        Study.create(load_checked(workplace / "x.yaml"), workplace / "study", "x")
    assert time.monotonic() - began < 30
    assert not (workplace / "study").exists()


@pytest.mark.parametrize("damaged", ["", "[]", '{"seconds": "x"}', '{"seconds": NaN}'])
def test_what_was_spent_is_known_to_the_next_call(tmp_path: Path, damaged: str) -> None:
    study = Study(tmp_path, FACTS)
    assert study.spent() == 0
    study.note_spent(12.34)
    assert Study(tmp_path, FACTS).spent() == json.loads((tmp_path / SPENT).read_text())["seconds"] == 12.3
    (tmp_path / SPENT).write_text(damaged)
    assert study.spent() == 0
