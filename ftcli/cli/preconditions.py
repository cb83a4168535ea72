"""What a command needs before it imports anything heavy. Each raises a `UserError`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ftcli.errors import UserError, cut
from ftcli.system.paths import no_such_path


def check_table(table: str | None) -> None:
    """Raise `UserError` where a table of new examples is not there; it may be a pattern, or standard input."""
    if table is not None and table != "-" and not set(table) & set("*?[{"):
        path = Path(table).expanduser()
        if not os.path.lexists(path):
            raise UserError(f"--input: {no_such_path(path)}")


def run_among(
    checkpoint: Path | None, arguments: Sequence[str], usage: str, *, has_option: bool = True
) -> tuple[Path, Sequence[str]]:
    """The run, and the other arguments: the first is the run unless --checkpoint names it, which not all commands take.

    Raises `UserError` where that is not a run.
    """
    from ftcli.runs.directory import RunDirectory

    if checkpoint is not None:
        return checkpoint, arguments
    if arguments and RunDirectory.is_named_by(arguments[0]):
        return Path(arguments[0]), arguments[1:]
    wanted = f"ftcli {usage.format('RUN')}"
    if has_option:
        wanted += f" or ftcli {usage.format('--checkpoint RUN')}"
    if not arguments:
        raise UserError(f"say which run: {wanted}")
    there = (
        "is not the directory of a run or a checkpoint" if os.path.exists(arguments[0]) else "does not exist"
    )
    raise UserError(f"the first argument is the run, and {cut(arguments[0])} {there}. Use {wanted}")


def run_of(path: Path) -> Path:
    """The run that a path names, or one of whose checkpoints."""
    if path.absolute().parent.name != "checkpoints":
        return path
    return path.parents[1] if len(path.parts) > 2 else path.absolute().parents[1]


def check_alone(command: str) -> None:
    """Raise `UserError` in one of several processes: each would do all the work."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise UserError(f"{command} works in one process: start it without torchrun")


def check_output(output: Path, *, force: bool = False) -> None:
    """Raise `UserError` where a file cannot be written, or where one exists and is not to be overwritten."""
    if output.is_dir():
        raise UserError(f"--output: {output} is there already, and is a folder; name a file")
    if output.exists() and not force:
        advice = "choose another name, or overwrite it with --force"
        raise UserError(f"--output: {output} is there already; {advice}")
    if not output.absolute().parent.is_dir():
        raise UserError(f"--output {output}: there is no folder {output.absolute().parent}")


def check_output_folder(output: Path) -> None:
    """Raise `UserError` where no folder can be made under that name, or nothing be written into it."""
    there = next(one for one in (output.absolute(), *output.absolute().parents) if one.exists())
    if not there.is_dir():
        raise UserError(f"--output: {there} is a file; name a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UserError(f"--output {output}: {there} cannot be written to; name another folder")


def check_installation() -> None:
    """Raise `InstallationError`, one sentence, for a torchvision that was built for another torch."""
    from ftcli.system.packages import check

    check()
