"""`ftcli reproduce`: train a run again from its receipt, and say whether it gives the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ftcli.cli.arguments import DeviceOption, JsonOption, OfflineOption
from ftcli.cli.preconditions import check_alone, check_installation, run_of
from ftcli.errors import UserError, counted
from ftcli.system.offline import go_offline

if TYPE_CHECKING:
    from ftcli.cli.screen import Screen
    from ftcli.runs.training import Training
    from ftcli.ship.reproducing.comparison import LossesCompared, WeightsCompared
    from ftcli.ship.reproducing.reproduction import Reproduction
    from ftcli.ship.reproducing.verdict import Verdict

# What a machine has in many words, of which the environment's line says only whether they are the same.
_SHOWN = ("torch", "cpu", "threads", "device", "precision")


def reproduce(
    run: Annotated[
        Path, typer.Argument(metavar="RUN|receipt.json", help="A run, or its receipt.", show_default=False)
    ],
    data: Annotated[
        Path | None,
        typer.Option(help="The folder where the data are now, if they were moved.", show_default=False),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            help="Where the pre-trained weights are now: a file, or the folder of a network.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The folder of the new run; RUN.r1, RUN.r2, ... if left out.", show_default=False),
    ] = None,
    quick: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Take so many steps, or up to the first that was logged, and compare losses; no run is kept.",
            show_default=False,
        ),
    ] = None,
    device: DeviceOption = None,
    as_json: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Train a run again, and say whether it gives the same: bit for bit, in its numbers, or not."""
    if offline:
        go_offline()
    if quick is not None and output is not None:
        raise UserError("--quick keeps no run, so that there is nothing for --output")
    check_installation()
    check_alone("reproduce")
    from ftcli.cli.screen import Screen
    from ftcli.ship.reproducing.claim import read_claim
    from ftcli.ship.reproducing.reproduction import Asked, Reproduction

    screen = Screen(errors=as_json)
    claim = read_claim(run_of(run))
    reproduction = Reproduction(claim, Asked(data, weights, output, quick, device))
    found = _reproduced(screen, reproduction)
    screen.line(found.words, style="bold", hang=2)
    if as_json:
        from ftcli.cli.predictions import printable_json

        print(printable_json(_document(run, reproduction, found), indent=2))
    if found.status:
        raise typer.Exit(found.status)


def _reproduced(screen: Screen, reproduction: Reproduction) -> Verdict:
    """All steps, each shown when it is done."""
    from ftcli.cli.screen import show_notes
    from ftcli.ship.reproducing.verdict import refused, verdict

    show_notes(screen, reproduction.claim.notes)
    with screen.working("comparing data, weights and code ..."):
        if not (problems := reproduction.refusals()):
            reproduction.prepare()
            problems = list(reproduction.sources.problems)
    _show_fields(screen, "inputs", problems or [*_inputs(reproduction)])
    if problems:
        return refused(problems)
    _show_fields(screen, "environment", [*_environment(reproduction)])
    reproduction.train(lambda training: _watch(screen, training))
    _show(screen, reproduction)
    return verdict(reproduction)


def _watch(screen: Screen, training: Training) -> None:
    from ftcli.cli.progress import watch

    screen.log_to(training.directory)
    watch(screen, training)


def _show_fields(screen: Screen, name: str, fields: list[str]) -> None:
    head = f"{name:<12}"
    if fields:
        screen.line(head + "; ".join(fields), hang=len(head))


def _inputs(reproduction: Reproduction) -> Iterator[str]:
    code = reproduction.differences.get("code")
    agree = reproduction.sources.agree
    if agree:
        yield f"{', '.join(agree)}{'' if code else ', the code'}: hashes agree"
    if code:
        yield "the code of ftcli DIFFERS"
    if reproduction.claim.recorded("read") == "edges":
        yield f"compared by {reproduction.claim.recorded('how')}"


def _environment(reproduction: Reproduction) -> Iterator[str]:
    """What is as it was, and all that is not."""
    claim = reproduction.claim
    recorded = {**(claim.recorded("machine") or {}), **(claim.recorded("packages") or {})}
    for key in dict.fromkeys((*_SHOWN, *reproduction.differences)):
        if key == "code" or key not in recorded:
            continue
        old, new = reproduction.differences.get(key, (recorded[key], None))
        yield f"{key} {_words(old)} =" if new is None else f"{key} {_words(old)} -> {_words(new)} DIFFERS"


def _words(value: Any) -> str:
    if isinstance(value, list):
        return f"({counted(len(value), 'flag')})"
    return str(value)


def _show(screen: Screen, reproduction: Reproduction) -> None:
    compared = reproduction.compared
    assert compared is not None
    where = f"{reproduction.path}, " if reproduction.path is not None else ""
    _show_fields(screen, "re-run", [where + _losses(compared.losses)])
    if compared.figures:
        head = ("", "recorded", "now", "difference", "expected")
        rows = [
            (
                f"{one.split} {one.name}",
                f"{one.recorded:.4f}",
                f"{one.now:.4f}",
                f"{abs(one.now - one.recorded):.4f}",
                f"{'within' if one.within else 'BEYOND'} ({one.expected.words})",
            )
            for one in compared.figures
        ]
        screen.rows([head, *rows])
    if compared.weights is not None:
        _show_fields(screen, "weights", [_weights(compared.weights)])


def _losses(losses: LossesCompared) -> str:
    if not losses.compared:
        return "no losses were recorded that could be compared"
    compared = f"{counted(losses.compared, 'loss', 'losses')} compared"
    if losses.first is None:
        return f"{compared}: bit-equal to step {losses.equal_to:,}"
    equal = "" if losses.equal_to is None else f"bit-equal to step {losses.equal_to:,}, then "
    return f"{compared}: {equal}|d| <= {losses.largest:.1e}"


def _weights(weights: WeightsCompared) -> str:
    equal = "an unknown number" if weights.equal is None else f"{weights.equal:,}"
    largest = "" if weights.largest is None else f", largest |d| {weights.largest:.1e}"
    return f"{equal} of {counted(weights.tensors, 'tensor')} bit-equal{largest}"


def _document(run: Path, reproduction: Reproduction, found: Verdict) -> dict[str, Any]:
    """All of it as JSON has it."""
    compared, claim = reproduction.compared, reproduction.claim
    losses, weights = (compared.losses, compared.weights) if compared is not None else (None, None)
    return {
        "run": str(run),
        "receipt": claim.receipt is not None,
        "verdict": found.kind,
        "words": found.words,
        "status": found.status,
        "rerun": None if reproduction.path is None or compared is None else str(reproduction.path),
        "problems": list(reproduction.sources.problems),
        "edited": dict(claim.edits),
        "environment": [
            {"what": key, "recorded": old, "now": new} for key, (old, new) in reproduction.differences.items()
        ],
        "losses": losses
        and {
            "compared": losses.compared,
            "equal_to_step": losses.equal_to,
            "first_difference": losses.first and losses.first[0],
            "largest_difference": losses.largest,
        },
        "figures": [
            {
                "split": one.split,
                "figure": one.name,
                "recorded": one.recorded,
                "now": one.now,
                "expected": one.expected.most,
                "within": one.within,
            }
            for one in (compared.figures if compared is not None else ())
        ],
        "weights": weights
        and {"tensors": weights.tensors, "equal": weights.equal, "largest_difference": weights.largest},
        "notes": list(claim.notes),
    }
