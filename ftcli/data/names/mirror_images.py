"""Classes that are mirror images of each other, by their names: `turn_left` and `turn_right`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

# Words of several languages. Where the partner of a name is another class, nothing else can be meant, so they are
# looked for anywhere in a name: LeftHand, leftturn, a_gauche.
_PAIRS = (
    ("left", "right"), ("west", "east"), ("port", "starboard"),
    ("counterclockwise", "clockwise"), ("anticlockwise", "clockwise"),
    ("links", "rechts"), ("linke", "rechte"), ("linker", "rechter"), ("linkes", "rechtes"),
    ("gauche", "droite"), ("ouest", "est"), ("izquierda", "derecha"), ("izquierdo", "derecho"), ("oeste", "este"),
    ("sinistra", "destra"), ("sinistro", "destro"), ("sinistral", "dextral"), ("ovest", "est"),
    ("esquerda", "direita"), ("esquerdo", "direito"), ("oeste", "leste"),
    ("vänster", "höger"), ("venstre", "højre"), ("venstre", "høyre"), ("vasen", "oikea"),
    ("lewo", "prawo"), ("lewy", "prawy"), ("lewa", "prawa"), ("levo", "desno"), ("levá", "pravá"), ("levý", "pravý"),
    ("vlevo", "vpravo"), ("balra", "jobbra"), ("stânga", "dreapta"), ("αριστερά", "δεξιά"),
    ("лево", "право"), ("левая", "правая"), ("левый", "правый"), ("слева", "справа"), ("ліво", "право"),
    ("kiri", "kanan"), ("trái", "phải"), ("يسار", "يمين"), ("שמאל", "ימין"), ("बाएं", "दाएं"),
    ("左", "右"), ("西", "东"), ("西", "東"), ("왼", "오른"), ("좌", "우"), ("ซ้าย", "ขวา"),
)  # fmt: skip
# Looked for as whole words: letters that occur in many.
_SHORT = (
    ("l", "r"), ("w", "e"), ("nw", "ne"), ("sw", "se"), ("lh", "rh"), ("lhs", "rhs"), ("lt", "rt"), ("os", "od"),
    ("ccw", "cw"), ("acw", "cw"), ("sx", "dx"), ("sol", "sağ"), ("bal", "jobb"), ("li", "re"),
    ("izq", "der"), ("lt", "gt"), ("leq", "geq"),
)  # fmt: skip
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BETWEEN = re.compile(r"[\W_]+|(?<=\D)(?=\d)|(?<=\d)(?=\D)")


# Written with a mark between them as well.
_COUNTER = re.compile(r"(?i)\b(counter|anti)[\W_]+(?=clockwise)")
# Whole names that are letters or signs.
_SIGNS = (("b", "d"), ("p", "q"), ("<", ">"), ("(", ")"), ("[", "]"), ("{", "}"), ("←", "→"))


def mirror_pair(names: Iterable[str]) -> tuple[str, str] | None:
    """Two of the names that differ by left and right, or the like; None where none do."""
    given = dict.fromkeys(names)
    known = {_words(name): name for name in given}
    present = {word for words in known for word in words}
    for one, other in _SHORT:
        if {one, other} <= present and (found := _partners(known, rf"^(?:{one}|{other})$", one, other)):
            return found
    text = " ".join(present)
    for one, other in _PAIRS:
        if one in text and other in text and (found := _partners(known, f"{one}|{other}", one, other)):
            return found
    return next((pair for pair in _SIGNS if {*given}.issuperset(pair)), None)


def _partners(
    known: Mapping[tuple[str, ...], str], form: str, one: str, other: str
) -> tuple[str, str] | None:
    """Two names of which the first becomes the second where the words change places."""
    place, partner = re.compile(form), {one: other, other: one}
    for words, name in known.items():
        mirrored = tuple(place.sub(lambda found: partner[found[0]], word) for word in words)
        if mirrored != words and mirrored in known:
            return name, known[mirrored]
    return None


def _words(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters: of `TurnLeft_2` turn, left and 2; without the number of `01_left`."""
    written = _COUNTER.sub(r"\1", unicodedata.normalize("NFC", name))
    parts = [part.casefold() for part in _BETWEEN.split(_CAPITAL.sub(" ", written)) if part]
    return tuple(parts[1:] if len(parts) > 1 and parts[0].isdigit() else parts)
