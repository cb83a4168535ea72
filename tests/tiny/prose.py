"""Plain texts with a pattern that a tiny network learns at once."""

from __future__ import annotations

from pathlib import Path

SUBJECTS = ("the film", "the food", "the room", "a story")


def sentences(size: int = 24) -> list[str]:
    """Sentences that go on alike."""
    return [f"{SUBJECTS[n % 4]} was good and {SUBJECTS[n % 4]} was great" for n in range(size)]


def lines(path: Path, size: int = 24) -> Path:
    """One sentence on each line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in sentences(size)))
    return path


def paragraphs(path: Path, size: int = 24) -> Path:
    """Two sentences on the lines of each paragraph."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pairs = zip(*[iter(sentences(size))] * 2, strict=True)
    path.write_text("\n\n".join("\n".join(pair) for pair in pairs) + "\n")
    return path
