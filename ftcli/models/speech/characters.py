"""The characters of transcripts as classes of a CTC head."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from ftcli.errors import WeightsError

FILE = "characters.json"  # in the folder of a ftcli run
PUBLISHED = ("vocab.json", "tokenizer_config.json", "special_tokens_map.json")  # of a tokenizer for CTC
SHOWN = 60  # characters that a note shows


@dataclass(frozen=True, slots=True)
class Characters:
    """What each class stands for: a character, or nothing ("") for CTC's `blank` and for special tokens.

    With `folded`, "upper" or "lower", there are letters of that case only, texts are encoded in it, and decoded texts
    are in lower case.
    """

    classes: tuple[str, ...]
    blank: int = 0
    folded: str = ""

    @classmethod
    def of(cls, texts: Iterable[str]) -> Characters:
        """All characters of some texts; class 0 is the blank."""
        return cls(("", *sorted(set().union(*map(set, texts)))))

    def __len__(self) -> int:
        """How many classes there are, the blank included."""
        return len(self.classes)

    def read(self, text: str) -> str:
        """A text as it would be decoded: in lower case where there are letters of one case only."""
        return text.lower() if self.folded else text

    def encode(self, text: str) -> list[int]:
        """The classes of a text; characters without a class are left out."""
        known = {letter: number for number, letter in enumerate(self.classes) if letter}
        return [known[letter] for letter in self._in_case(text) if letter in known]

    def lacking(self, texts: Iterable[str]) -> set[str]:
        """The characters of texts that have no class. White space is one space."""
        return self._letters(texts) - set(self.classes)

    def spells(self, texts: Iterable[str]) -> bool:
        """Whether a character of texts has a class, or there are none; spaces tell nothing."""
        letters = self._letters(texts) - {" "}
        return not letters or bool(letters & set(self.classes))

    def _letters(self, texts: Iterable[str]) -> set[str]:
        return set().union(*(set(" ".join(self._in_case(text).split())) for text in texts))

    def adding(self, letters: Iterable[str]) -> Characters:
        """The same classes, and behind them one for each of `letters`."""
        return replace(self, classes=(*self.classes, *sorted(letters)))

    def decode(self, classes: Sequence[int]) -> str:
        """The text of classes, one for each frame: equal neighbours are one, then blanks go (Graves et al. 2006).

        Spaces around the text go, too, as transformers' tokenizers leave them out.
        """
        before = [self.blank, *classes[:-1]]
        kept = [now for now, last in zip(classes, before, strict=True) if now not in (last, self.blank)]
        return self.read("".join(self.classes[number] for number in kept)).strip()

    def shown(self) -> str:
        """The characters in a row, for a note."""
        letters = [letter for letter in self.classes if letter.strip()]
        more = f" and {len(letters) - SHOWN} more" if len(letters) > SHOWN else ""
        return "".join(letters[:SHOWN]) + more

    def _in_case(self, text: str) -> str:
        return text.upper() if self.folded == "upper" else self.read(text)

    def save(self, folder: Path) -> None:
        """Write the file that `read_characters` reads."""
        content = {"classes": list(self.classes), "blank": self.blank, "folded": self.folded}
        (folder / FILE).write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def read_characters(folder: Path) -> Characters | None:
    """The classes of the CTC head in `folder`, of a ftcli run or by its published tokenizer; None if it has none.

    Raises `WeightsError` for files that cannot be read.
    """
    try:
        if (folder / FILE).is_file():
            saved = json.loads((folder / FILE).read_text(encoding="utf-8"))
            return Characters(tuple(saved["classes"]), saved["blank"], saved["folded"])
        return _published(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{folder}: the characters of its CTC head cannot be read ({error})") from error


def _published(folder: Path) -> Characters | None:
    """By the vocabulary of a transformers tokenizer for CTC: the padding is the blank, "|" is the space."""
    if not (folder / PUBLISHED[0]).is_file():
        return None
    numbers = json.loads((folder / PUBLISHED[0]).read_text(encoding="utf-8"))
    if not numbers or not all(isinstance(number, int) for number in numbers.values()):
        return None  # of many languages, each with a vocabulary of its own
    options: dict[str, object] = {}
    for name in PUBLISHED[1:]:
        if (folder / name).is_file():
            options |= json.loads((folder / name).read_text(encoding="utf-8"))
    space = str(options.get("word_delimiter_token") or "|")
    padding = _token(options.get("pad_token"), "<pad>")
    if padding not in numbers:
        return None
    letters = {number: " " if token == space else token for token, number in numbers.items()}
    classes = tuple(_letter(letters.get(number, "")) for number in range(max(letters) + 1))
    return Characters(classes, numbers[padding], _case("".join(classes)))


def _token(setting: object, usual: str) -> str:
    """A special token of the settings, where it may be an object with properties."""
    return str(setting.get("content", usual) if isinstance(setting, dict) else setting or usual)


def _letter(token: str) -> str:
    """Tokens of more than one character are special ones, such as <unk>."""
    return token if len(token) == 1 else ""


def _case(letters: str) -> str:
    cased = [letter for letter in letters if letter.upper() != letter.lower()]
    if not cased or any(map(str.isupper, cased)) == any(map(str.islower, cased)):
        return ""
    return "upper" if cased[0].isupper() else "lower"


def named(letters: Iterable[str]) -> str:
    """Characters in order, for a note."""
    return " ".join("space" if letter == " " else letter for letter in sorted(letters))


def frames_needed(classes: Sequence[int]) -> int:
    """The fewest frames that CTC needs for `classes`: one each, and a blank between equal neighbours."""
    return len(classes) + sum(a == b for a, b in pairwise(classes))
