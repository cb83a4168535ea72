"""The command line: each command parses its arguments and calls one function, whose module it imports then."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from ftcli import __version__
from ftcli.errors import Interruption, UserError, listing, printable
from ftcli.system import signals
from ftcli.system.offline import go_offline, send_no_telemetry

app = typer.Typer(
    name="ftcli",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# Status of `predict` and `eval` where some examples could not be used.
LEFT_OUT = 3

Config = Annotated[str | None, typer.Argument(help="The YAML file.", show_default=False)]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(help="key=value, after the file, or after --resume RUN.", show_default=False),
]
Run = Annotated[
    str | None, typer.Argument(metavar="RUN", help="A run, or one of its checkpoints.", show_default=False)
]
CheckpointOption = Annotated[
    Path | None, typer.Option("--checkpoint", help="The run, in place of the argument.", show_default=False)
]
DeviceOption = Annotated[str | None, typer.Option(help="Another device than the run's.", show_default=False)]

BadFilesOption = Annotated[
    Literal["fail", "skip"] | None,
    typer.Option(
        help=f"Files that cannot be used: stop, or go on without them and end with status {LEFT_OUT}. "
        "As the run says by default.",
        show_default=False,
    ),
]

OfflineOption = Annotated[
    bool, typer.Option("--offline", help="Open no connection: what is not on this machine is an error.")
]


def _print_version(asked: bool) -> None:
    if asked:
        print(f"ftcli {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Fine-tune pre-trained models from one YAML file."""


@app.command()
def train(
    config: Config = None,
    overrides: Overrides = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with this run.", show_default=False)] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Show the resolved experiment; train nothing.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Data, model and one step; write nothing.")
    ] = False,
    processes: Annotated[
        int, typer.Option(min=1, help="Train in so many processes of this machine, by torchrun.")
    ] = 1,
    offline: OfflineOption = False,
) -> None:
    """Fine-tune as a YAML file says."""
    if offline:
        go_offline()
    from ftcli.cli.overrides import joined

    changes = list(overrides or [])
    if resume is not None:
        # The first positional argument, whatever it is.
        if config is not None:
            changes.insert(0, config)
        changes = joined(changes)
        _check_resume(changes, print_config or dry_run)
    elif config is None:
        raise UserError(
            "give either a YAML file or --resume RUN. For example: ftcli train configs/quickstart.yaml"
        )
    from ftcli.cli import train as command

    changes = joined(changes)
    path = None if config is None or resume is not None else Path(config)
    if processes > 1 and not (print_config or dry_run):
        command.launch(processes, path, changes, resume)
    elif path is not None:
        command.train(path, changes, print_config=print_config, dry_run=dry_run)
    elif resume is not None:
        command.resume(resume, changes)


def _check_resume(changes: Sequence[str], shows: bool) -> None:
    """Raise `UserError` for what does not go with --resume: a YAML file, and what trains nothing."""
    files = [one for one in changes if "=" not in one]
    if files or shows:
        given = f", not {listing(files)}" if files else ", and neither --print-config nor --dry-run"
        raise UserError(
            f"--resume goes on with a run by its own experiment.yaml; it takes key=value to change that{given}"
        )


@app.command("eval")
def evaluate(
    run: Run = None,
    checkpoint: CheckpointOption = None,
    data: Annotated[
        str | None, typer.Option(help="val, test, train, or a path to labelled data.", show_default=False)
    ] = None,
    device: DeviceOption = None,
    bad_files: BadFilesOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    offline: OfflineOption = False,
) -> None:
    """Score a trained model."""
    if offline:
        go_offline()
    from ftcli.cli import evaluate as command

    if not command.evaluate(run, checkpoint, data, device, bad_files, as_json=as_json):
        raise typer.Exit(LEFT_OUT)


@app.command()
def predict(
    run: Run = None,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help="Images, sounds, folders, 'patterns*', texts, text files, one table; or - for standard input.",
            show_default=False,
        ),
    ] = None,
    checkpoint: CheckpointOption = None,
    table: Annotated[
        str | None, typer.Option("--input", help="A table in place of files.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="A .csv, .tsv, .json, .jsonl or .parquet for the predictions.", show_default=False),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(help="A new folder for pictures, masks and sounds.", show_default=False),
    ] = None,
    spreadsheet: Annotated[
        bool,
        typer.Option(
            "--spreadsheet",
            help="Put an apostrophe before texts in a .csv or .tsv that a spreadsheet would compute.",
        ),
    ] = False,
    device: DeviceOption = None,
    bad_files: BadFilesOption = None,
    offline: OfflineOption = False,
) -> None:
    """Label new examples."""
    if offline:
        go_offline()
    from ftcli.cli import predict as command

    arguments = [*([] if run is None else [run]), *(files or [])]
    if not command.predict(
        checkpoint, arguments, table, output, save, device, bad_files, spreadsheet=spreadsheet
    ):
        raise typer.Exit(LEFT_OUT)


@app.command("list-models")
def list_models(
    pattern: Annotated[
        str | None, typer.Argument(help="Part of a name, or a pattern with *.", show_default=False)
    ] = None,
    task: Annotated[str | None, typer.Option(help="Only models for this task.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List backbones: name, source, parameters, input size, published accuracy."""
    from ftcli.cli import models as command

    command.list_models(pattern, task, as_json=as_json)


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="A folder of images or of sounds, or a table.")],
    output: Annotated[
        Path | None, typer.Option(help="Write the YAML here, not to the screen.", show_default=False)
    ] = None,
) -> None:
    """Look at your data and write a YAML file for it."""
    from ftcli.cli import init as command

    command.init(path, output)


@app.command()
def cache(
    folder: Annotated[
        Path | None,
        typer.Option(help="Another one than $FTCLI_CACHE or ~/.cache/ftcli.", show_default=False),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove all that is kept.")] = False,
) -> None:
    """Show what is kept on disk for later epochs and runs, or remove it."""
    from ftcli.cli import cache as command

    command.cache(folder, clear=clear)


@app.command()
def schema() -> None:
    """Print a JSON Schema, so that editors complete and check the YAML."""
    from ftcli.cli import schema as command

    command.schema()


def _check_folder() -> None:
    """Raise `UserError` where the working folder was removed: libraries that torch loads end the process then."""
    try:
        Path.cwd()
    except OSError:
        raise UserError(
            "the folder in which this was started is no longer there: cd to another one"
        ) from None


def main() -> NoReturn:
    """Run a command and exit with its status; a failed process of several exits at once."""
    try:
        _main()
    except SystemExit as stop:
        # The threads of its process group still run, on which the end of the interpreter aborts now and then.
        if stop.code and int(os.environ.get("WORLD_SIZE", "1")) > 1:
            atexit._run_exitfuncs()
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    stream.flush()
            os._exit(stop.code if isinstance(stop.code, int) else 1)
        raise


def _main() -> NoReturn:
    """Run a command. A user's mistake ends with status 2, an interruption with 130 or 143; any other error is a bug."""
    signals.listen()
    # PyTorch would warn in every process.
    if "TORCHELASTIC_RUN_ID" in os.environ:
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    send_no_telemetry()
    try:
        _check_folder()
        app()
    except UserError as error:
        print("\n".join(map(printable, str(error).split("\n"))), file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        # What is printed is no longer read, as with `| head`: end as SIGPIPE would.
        signals.discard_output()
        sys.exit(128 + 13)
    except Interruption as interruption:
        print(interruption, file=sys.stderr)
        sys.exit(interruption.status)
    sys.exit(0)
