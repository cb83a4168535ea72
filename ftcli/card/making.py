"""How a model came about: weights, data, recipe, machine, time, and the licences that are known."""

from __future__ import annotations

from collections.abc import Iterator

from ftcli.card import front_matter
from ftcli.card.facts import Facts
from ftcli.card.hub import UNKNOWN
from ftcli.card.markdown import (
    Markdown,
    blocks,
    details,
    fenced,
    heading,
    joined,
    literal,
    name,
    number,
    table,
    text,
)
from ftcli.errors import counted
from ftcli.report.markup import in_words
from ftcli.report.origin import Licence
from ftcli.report.run import EXPERIMENT

_LONGEST_YAML = 20_000
# What one wants to know of a recipe at a glance; all of it is in the YAML.
_RECIPE = (
    "model.detector", "freeze.name", "loss.name", "optimizer.name", "optimizer.lr", "optimizer.backbone_lr",
    "schedule.name", "training.epochs", "data.batch_size", "data.augment", "data.image_size", "data.max_length",
    "data.max_seconds", "training.seed",
)  # fmt: skip
# The rest is for `--resume`, and names the machine.
_MACHINE = (
    "device",
    "precision",
    "capability",
    "cores",
    "threads",
    "processes",
    "platform",
    "python",
    "ftcli",
)
_PACKAGES = "packages."
_UNSTATED = "not stated yet: its place is in the first lines of this file"


def base(facts: Facts) -> Markdown:
    """The network and its weights, in a sentence."""
    if not facts.backbone:
        return Markdown()
    if facts.from_nothing:
        return joined("The network is ", literal(facts.backbone), ", trained from random weights.")
    architecture, revision = facts.known.architecture, facts.known.weights.revision
    of = joined(" (", literal(architecture), ")") if architecture else None
    weights = joined(", with the weights ", literal(facts.weights)) if facts.weights else None
    at = joined(", revision ", literal(revision)) if revision else None
    how = (
        "Its head was fitted exactly to frozen features of "
        if facts.run.is_probe
        else "It was fine-tuned from "
    )
    return joined(how, literal(facts.backbone), of, at, weights, ".")


def data(facts: Facts) -> Markdown:
    """What it was trained and scored on: counts, what was left out, and a digest."""
    run, digests = facts.run, facts.known.digests
    there = (split for split, examples in run.examples.items() if examples and split != "skipped")
    splits = list(dict.fromkeys([*there, *digests]))
    rows = [
        [
            literal(split),
            number(run.examples.get(split)),
            literal(digests[split]) if split in digests else "–",
        ]
        for split in splits
    ]
    called = joined("The data are ", literal(facts.data), ".") if facts.data else Markdown()
    skipped = run.examples.get("skipped", 0)
    were = "was left out, as it" if skipped == 1 else "were left out, as they"
    left = text(f"{counted(skipped, 'example')} {were} could not be used.") if skipped else None
    digest = "The digest is a hash (BLAKE2b) of each example's name and label, and of its text or the size of its file."
    files = facts.known.receipt.data
    of_all = "SHA-256 of the list of all files with their sizes and hashes: "
    listed = joined(of_all, literal(files), ".") if files else None
    return blocks(
        heading("Data"),
        called,
        table(["split", "examples", "digest"], rows),
        text(digest) if digests else None,
        listed,
        left,
    )


def licence(facts: Facts) -> Markdown:
    """What the weights and the data state."""
    weights, of_data = front_matter.licences(facts)
    own = "none: it was trained from random weights"
    stated = front_matter.licence(facts)["license"]
    rows = [
        [
            "this model",
            literal(stated) if stated != UNKNOWN else text(_UNSTATED),
        ],
        ["weights", own if facts.from_nothing else _stated(weights)],
        ["data", _stated(of_data)],
    ]
    return blocks(heading("Licence"), table(["of", "licence"], rows))


def _stated(one: Licence) -> Markdown:
    if not one:
        return text("unknown")
    where = joined(" (", literal(one.stated_in), ")") if one.stated_in else Markdown()
    return joined(literal(one.id) if one.id else "see ", literal(one.link) if one.link else None, where)


def section(facts: Facts) -> Markdown:
    """The recipe, the machine and the time."""
    run = facts.run
    settings = [[literal(key), _value(facts, key)] for key in _RECIPE if key in run.settings]
    return blocks(
        heading("How it was made"),
        _went(facts),
        table(["key", "value"], settings),
        _yaml(facts),
        heading("Environment", 3),
        table(
            ["", "value"], [[name(key), literal(facts.names.of(value))] for key, value in _environment(facts)]
        ),
    )


def _value(facts: Facts, key: str) -> Markdown:
    return literal(facts.names.of(facts.run.settings[key]))


def _went(facts: Facts) -> Markdown:
    """How long it took, and how much was trained."""
    run = facts.run
    best, epochs = run.best, run.epochs or run.history.done
    found = [joined("It ended ", facts.run.ended_at)] if facts.run.ended_at else []
    found += [joined("the best epoch is ", number(best), " of ", number(epochs))] if best else []
    if (probe := run.baseline) is not None:
        beaten = "" if run.is_probe else ", which no epoch beat"
        kept = f"{beaten}: it is the model" if probe.kept else ""
        found.append(
            joined("a linear probe of the frozen features has ", literal(run.metric), " ", number(probe.value),
                   f" on {probe.on}{kept}")
        )  # fmt: skip
    if run.seconds is not None:
        found.append(joined("training took ", in_words(run.seconds)))
    trained, total = run.parameters.get("trained"), run.parameters.get("total")
    if trained is not None and total is not None:
        found.append(joined(number(trained), " of ", number(total), " parameters were trained"))
    return joined(Markdown("; ".join(found)), ".") if found else Markdown()


def _yaml(facts: Facts) -> Markdown:
    if not facts.run.yaml:
        return Markdown()
    shown = facts.names.of(facts.run.yaml)
    cut = " It is cut: the run has all of it." if len(shown) > _LONGEST_YAML else ""
    note = f"Of a path only its last name is shown.{cut}"
    return details(f"All keys ({EXPERIMENT})", blocks(text(note), fenced(shown[:_LONGEST_YAML], "yaml")))


def _environment(facts: Facts) -> Iterator[tuple[str, str]]:
    environment = facts.run.environment
    yield from ((key, environment[key]) for key in _MACHINE if key in environment)
    for key, value in environment.items():
        if key.startswith(_PACKAGES):
            yield key.removeprefix(_PACKAGES), value


def spoken(facts: Facts) -> Markdown:
    """The languages, where they are known."""
    found = front_matter.languages(facts)
    return joined("Languages: ", ", ".join(found), ".") if found else Markdown()
