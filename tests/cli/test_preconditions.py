"""What a command needs before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.cli.preconditions import check_alone, check_output, check_table, run_among
from ftcli.errors import UserError
from tests.running import Command


def test_a_mismatched_pair_of_packages_is_one_sentence(
    ftcli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    real = builtins.__import__

    def broken(name: str, *arguments: object, **keywords: object) -> object:
        if name == "torchvision":
            raise RuntimeError("operator torchvision::nms does not exist")
        return real(name, *arguments, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", broken)
    message = ftcli.refused("eval", "--checkpoint", "x")
    assert "do not fit each other (operator torchvision::nms does not exist)" in message
    assert "pip install --upgrade" in message
    assert message.count("\n") == 1


def test_one_of_several_processes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check_alone("eval")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UserError, match="eval works in one process"):
        check_alone("eval")


def test_an_output_that_is_there_or_has_no_folder_is_refused(tmp_path: Path) -> None:
    check_output(tmp_path / "new.csv")
    (tmp_path / "old.csv").touch()
    with pytest.raises(UserError, match="is there already"):
        check_output(tmp_path / "old.csv")
    with pytest.raises(UserError, match="there is no folder"):
        check_output(tmp_path / "none/new.csv")


def test_the_first_argument_is_the_run_unless_an_option_names_it(tmp_path: Path) -> None:
    (tmp_path / "experiment.yaml").touch()
    run = str(tmp_path)
    assert run_among(None, [run, "a.png"], "predict {} FILE...") == (tmp_path, ["a.png"])
    assert run_among(tmp_path, ["a.png"], "predict {} FILE...") == (tmp_path, ["a.png"])
    with pytest.raises(UserError, match="say which run: ftcli eval RUN or ftcli eval --checkpoint RUN"):
        run_among(None, [], "eval {}")


@pytest.mark.parametrize("table", [None, "-", "parts-*.csv", "new.csv"])
def test_tables_that_may_be_there(workplace: Path, table: str | None) -> None:
    (workplace / "new.csv").write_text("text\na\n")
    check_table(table)


def test_a_table_that_is_not_there_is_answered_without_torch(workplace: Path) -> None:
    (workplace / "news.csv").write_text("text\na\n")
    with pytest.raises(UserError, match=r"--input: no such file or folder: .*\. Did you mean 'news.csv'\?"):
        check_table("new.csv")
