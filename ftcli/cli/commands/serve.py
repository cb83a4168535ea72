"""`ftcli serve`: a trained model behind HTTP, with a page."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ftcli.cli.arguments import CheckpointOption, DeviceOption, Run
from ftcli.cli.preconditions import check_alone, check_installation, run_among
from ftcli.errors import LEFT_OUT, UserError, counted, printable
from ftcli.system.extras import check_extra

_UNITS = {"KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}


def serve(
    run: Run = None,
    checkpoint: CheckpointOption = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 is any free one.")] = 8000,
    device: DeviceOption = None,
    max_body: Annotated[str, typer.Option(help="The largest request, such as 500KB or 16MB.")] = "16MB",
    queue: Annotated[
        int, typer.Option(min=1, help="The most examples that wait, and that a request may have.")
    ] = 256,
    batch: Annotated[
        int | None,
        typer.Option(
            min=1, help="The most examples in a batch; the run's data.batch_size.", show_default=False
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors.")] = False,
) -> None:
    """Answer requests by HTTP, with a page to try the model on."""
    path, _ = run_among(checkpoint, [] if run is None else [run], "serve {}")
    size = _bytes(max_body)
    check_installation()
    for package in ("starlette", "uvicorn", "python_multipart"):
        check_extra(package, "serve", "ftcli serve")
    check_alone("serve")
    from ftcli.runs.inference.predictor import Predictor
    from ftcli.ship.serving.limits import Limits
    from ftcli.ship.serving.listening import bound, is_loopback, url
    from ftcli.ship.serving.start import run_name, server

    sock = bound(host, port)
    if not is_loopback(host):
        print(
            f"warning: on {host}, whoever reaches this machine can use the model: there is no password and no TLS",
            file=sys.stderr,
        )
    predictor = Predictor.open(path, device=device)

    def begun() -> None:
        if not quiet:
            experiment = predictor.experiment
            what = f"{run_name(predictor)}: {experiment.task}, {experiment.model.backbone}"
            print(
                printable(f"{url(host, sock)}  {what}, on {predictor.trained.precision.device}"), flush=True
            )

    lost = server(predictor, host, Limits(body=size, examples=queue), batch=batch, begun=begun).run(sock)
    if lost:
        print(f"ended before {counted(lost, 'request')} could be answered", file=sys.stderr)
        raise typer.Exit(LEFT_OUT)


def _bytes(written: str) -> int:
    """A number of bytes, perhaps with a unit. Raises `UserError`."""
    text = written.strip().upper()
    unit = next((unit for unit in _UNITS if text.endswith(unit)), "")
    digits = text.removesuffix(unit).strip()
    if not digits.isascii() or not digits.isdigit() or int(digits) == 0:
        raise UserError(f"--max-body {written}: a size is a whole number and a unit, such as 16MB")
    return int(digits) * _UNITS.get(unit, 1)
