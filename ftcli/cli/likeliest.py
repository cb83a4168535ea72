"""Predictions of classes with the likeliest of them, in place of a column for each class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ftcli.contracts import Example, Prediction, TargetKind
from ftcli.errors import UserError

# On a terminal, where nothing else was asked for.
SHOWN = 2


def check_ranked(kind: TargetKind) -> None:
    """Raise `UserError` where a run that predicts this kind gives no probability to each class."""
    if not kind.class_probabilities:
        reason = f"this run {kind.does}, without a probability for each class"
        raise UserError(f"--top is for runs that predict classes; {reason}: leave it out")


@dataclass(frozen=True, slots=True)
class Likeliest(Prediction):
    """A prediction of which a row has the `top` likeliest classes, or all where there are fewer.

    They are the columns class_1, probability_1, class_2, ...; in a `sentence` one text.
    """

    top: int = SHOWN
    sentence: bool = False

    def rows(self) -> list[dict[str, Any]]:
        """One row."""
        # Of classes that are as likely, the predicted one comes first.
        order = sorted(self.scores.items(), key=lambda item: (-item[1], item[0] != self.label))[: self.top]
        if self.sentence:
            words = (f"{rank}: {name} {score:.2f}" for rank, (name, score) in enumerate(order, 1))
            return [{"id": self.id, "label": self.label, "likeliest": ", ".join(words)}]
        row = Prediction(self.id, self.label, self.probability).rows()[0]
        for rank, (name, score) in enumerate(order, 1):
            row |= {f"class_{rank}": name, f"probability_{rank}": round(score, 6)}
        return [row]


def likeliest(
    pairs: Iterable[tuple[Example, Prediction]], top: int, *, sentence: bool = False
) -> Iterator[tuple[Example, Prediction]]:
    """The examples with such predictions, as they come."""
    for example, one in pairs:
        yield example, Likeliest(one.id, one.label, one.probability, one.scores, top, sentence)
