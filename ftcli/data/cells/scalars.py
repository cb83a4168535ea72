"""One value in a cell as the text that it stands for."""

from __future__ import annotations

# What stands in the place of a value that nobody has, as pandas reads it: NA is of R, nan of NumPy, NULL of databases.
NOTHING = frozenset(
    {"NA", "N/A", "n/a", "<NA>", "#N/A", "#NA", "NaN", "nan", "-nan", "-NaN", "NULL", "null", "None", "\\N"}
)


def label_text(cell: object) -> str:
    """A class name from any scalar. 3.0 is "3": tables with gaps turn whole numbers to floats."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
