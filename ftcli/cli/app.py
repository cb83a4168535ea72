"""The command line: all commands, and how a command ends."""

from __future__ import annotations

import atexit
import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ftcli import __version__
from ftcli.cli.commands.cache import cache
from ftcli.cli.commands.card import card
from ftcli.cli.commands.check import check
from ftcli.cli.commands.compare import compare
from ftcli.cli.commands.evaluate import evaluate
from ftcli.cli.commands.examples import examples
from ftcli.cli.commands.export import export
from ftcli.cli.commands.init import init
from ftcli.cli.commands.list_models import list_models
from ftcli.cli.commands.predict import predict
from ftcli.cli.commands.push import push
from ftcli.cli.commands.report import report
from ftcli.cli.commands.reproduce import reproduce
from ftcli.cli.commands.runs import runs
from ftcli.cli.commands.schema import schema
from ftcli.cli.commands.serve import serve
from ftcli.cli.commands.studies.lr import lr
from ftcli.cli.commands.studies.plan import plan
from ftcli.cli.commands.studies.recommend import recommend
from ftcli.cli.commands.studies.tune import tune
from ftcli.cli.commands.sync import sync
from ftcli.cli.commands.train import train
from ftcli.cli.exit_statuses import EPILOG
from ftcli.cli.overrides import TakesKeys
from ftcli.errors import BUG, MISTAKE, SIGNAL, Interruption, UserError, printable
from ftcli.system import signals
from ftcli.system.offline import send_no_telemetry

app = typer.Typer(
    name="ftcli",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


app.command(cls=TakesKeys)(train)
app.command(cls=TakesKeys)(tune)
app.command(cls=TakesKeys)(plan)
app.command("eval")(evaluate)
app.command()(predict)
app.command()(export)
app.command()(push)
app.command()(report)
app.command()(card)
app.command()(serve)
app.command()(runs)
app.command()(compare)
app.command()(sync)
app.command()(reproduce)
app.command("list-models")(list_models)
app.command()(init)
app.command(cls=TakesKeys)(recommend)
app.command(cls=TakesKeys)(lr)
app.command()(examples)
app.command()(check)
app.command()(cache)
app.command()(schema)


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
    except Interruption as late:
        # It came while the end of the command was reported.
        sys.exit(late.status)
    except SystemExit as stop:
        # A signal that raises while the interpreter ends would print a traceback below the answer.
        signals.over()
        # The threads of its process group still run, on which the end of the interpreter aborts now and then.
        if stop.code and int(os.environ.get("WORLD_SIZE", "1")) > 1:
            atexit._run_exitfuncs()
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    stream.flush()
            os._exit(stop.code if isinstance(stop.code, int) else BUG)
        raise


# What is wrong with a path that was given: a name that is too long, links in a circle, a folder that is not to be read.
_OF_PATHS = frozenset({errno.ENAMETOOLONG, errno.ELOOP, errno.EACCES})


def _main() -> NoReturn:
    """Run a command and exit as `exit_statuses` says; an error that is not a `UserError` is a bug."""
    signals.listen()
    # PyTorch would warn in every process.
    if "TORCHELASTIC_RUN_ID" in os.environ:
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    send_no_telemetry()
    try:
        _check_folder()
        app()
    except UserError as error:
        signals.over()
        print("\n".join(map(printable, str(error).split("\n"))), file=sys.stderr)
        sys.exit(error.status)
    except BrokenPipeError:
        # What is printed is no longer read, as with `| head`: end as SIGPIPE would.
        signals.discard_output()
        sys.exit(SIGNAL + 13)
    except OSError as error:
        if error.errno not in _OF_PATHS or error.filename is None:
            raise
        print(printable(f"{os.fsdecode(error.filename)}: {error.strerror}"), file=sys.stderr)
        sys.exit(MISTAKE)
    except SystemExit:
        raise
    except BaseException as error:
        interruption = signals.cause(error)
        if not isinstance(interruption, Interruption):
            raise
        signals.over()
        print(interruption, file=sys.stderr)
        sys.exit(interruption.status)
    sys.exit(0)
