"""README.md of a run or of an export: the model card. Every number in it is a field of a file of the run."""

from __future__ import annotations

from pathlib import Path

from ftcli.card import figures, making, use
from ftcli.card.answers import QUESTIONS, Question, place, sealed
from ftcli.card.facts import Facts, read_facts
from ftcli.card.front_matter import front_matter
from ftcli.card.markdown import Markdown, blocks, heading, joined, literal, name, number, strong, text

_MOST_CLASSES = 20


def card(path: Path, folder: Path | None = None) -> str:
    """The card of the run at `path`, with the answers that its README.md has.

    With `folder`, that of an export, it says how this one is used. Raises `RunError` where there is no run.
    """
    facts = read_facts(path, folder)
    body = blocks(
        heading(
            facts.run.name if facts.exported is None else f"{facts.run.name} ({facts.exported.format})", 1
        ),
        _does(facts),
        making.base(facts),
        figures.headline(facts),
        _another(facts),
        use.section(facts),
        figures.section(facts),
        figures.failings(facts),
        making.data(facts),
        *(_asked(facts, question) for question in QUESTIONS),
        making.licence(facts),
        making.section(facts),
        text("Made by ftcli from the files of the run."),
    )
    return sealed(f"{front_matter(facts)}\n\n{body}")


def _does(facts: Facts) -> Markdown:
    """What the model does, and for which classes."""
    kind, classes = facts.kind, facts.known.classes
    task = facts.run.task.replace("-", " ") or "a task that is not known"
    does = f"A model for {task}: it {kind.does}." if kind is not None else f"A model for {task}."
    if not classes:
        return joined(does, " ", making.spoken(facts))
    shown = Markdown(", ".join(name(one) for one in classes[:_MOST_CLASSES]))
    first = ["first ", number(_MOST_CLASSES), " of "] if len(classes) > _MOST_CLASSES else []
    counted = joined(" The ", *first, number(len(classes)), " classes are ", shown, ". ")
    return joined(does, counted, making.spoken(facts))


def _another(facts: Facts) -> Markdown:
    """That the figures are not those of the checkpoint that was exported, where they are not."""
    exported = facts.exported.checkpoint if facts.exported is not None else ""
    if exported in ("", facts.known.checkpoint):
        return Markdown()
    best = literal(facts.known.checkpoint)
    said = joined("This is ", literal(exported), ", and the figures are those of ", best, ", the best one.")
    return strong(said)


def _asked(facts: Facts, question: Question) -> Markdown:
    """What only a person can say."""
    answer = Markdown(place(question, facts.answers.get(question.key, "")))
    return blocks(heading(question.title), text(question.asks), answer)
