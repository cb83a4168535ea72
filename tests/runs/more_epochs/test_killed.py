"""A run that was killed as it was to go on, or at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.runs.directory import RunDirectory
from ftcli.runs.resume_guard import load_run_experiment
from tests.killing import Killed, kill_at
from tests.running import Command
from tests.runs.more_epochs.continued import summary


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("when", range(1, 7))
def test_a_kill_leaves_a_finished_run_finished_or_one_that_goes_on(
    ftcli: Command, when: int, after: bool
) -> None:
    """And the old experiment.yaml or the new one."""
    directory = RunDirectory(Path("run"))
    old = load_run_experiment(directory)
    new = load_run_experiment(directory, ["training.epochs=2"])
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        kill_at(patch, when, after=after)
        directory.reopen(new)
        raise Killed  # there were no more calls
    found = load_run_experiment(directory)
    assert found in (old, new)
    assert found == new or directory.summary() != {}
    ftcli.ok("train", "--resume", "run", "training.epochs=2")
    assert summary("run")["epochs"] == 2


@pytest.mark.usefixtures("twice")
def test_what_a_kill_has_left_of_the_end_is_made_up_for(ftcli: Command) -> None:
    Path("run/report.html").rename("run/report.html.partial-0123456789abcdef")
    assert "run is finished" in ftcli.ok("train", "--resume", "run")
    assert Path("run/report.html").read_text().startswith("<!doctype html>")
    assert not list(Path("run").glob("*.partial-*"))
    Path("run/README.md").unlink()
    assert "run is finished" in ftcli.ok("train", "--resume", "run")
    assert "# run" in Path("run/README.md").read_text()
