"""predict.py of an export: sections that are files of this package, put into one file that needs no ftcli."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
SECTIONS = "ftcli.ship.scripts"


@dataclass(frozen=True, slots=True)
class _Section:
    """A file: its docstring, its imports of other packages, the modules of ftcli that it imports, and its code."""

    about: str
    imports: tuple[str, ...]
    needed: tuple[str, ...]
    code: str


def assembled(about: str, sections: Sequence[str]) -> str:
    """One file with the docstring `about` and the code of `sections`, files of `ftcli.ship.scripts`, in their order.

    What a section imports from another section has to be among them. Any other module of ftcli that one imports is
    taken in before it, so it may import only what is installed where the file runs.
    """
    read: dict[str, _Section] = {}
    for name in sections:
        read |= _with_needed(f"{SECTIONS}.{name}", read)
    imports = sorted({line for one in read.values() for line in one.imports}, key=_order)
    parts = [f"# {'-' * 12} {one.about.splitlines()[0]}\n\n{one.code}" for one in read.values()]
    head = f'"""{about}\n"""\n\nfrom __future__ import annotations\n'
    return "\n".join([head, *_grouped(imports)]) + "\n\n\n" + "\n\n\n".join(parts) + "\n"


def standalone(section: str) -> str:
    """The file of one section, as it is, or, where it imports modules of ftcli, with these before it."""
    module = f"{SECTIONS}.{section}"
    read = _read(module)
    return assembled(read.about, [section]) if read.needed else _text(module)


def _with_needed(module: str, known: dict[str, _Section]) -> dict[str, _Section]:
    """A section behind what it needs and is not known yet."""
    if module in known:
        return {}
    found: dict[str, _Section] = {}
    section = _read(module)
    for other in section.needed:
        found |= _with_needed(other, known | found)
    return found | {module: section}


def _read(module: str) -> _Section:
    text = _text(module)
    tree = ast.parse(text)
    imported = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    last = max(node.end_lineno or 0 for node in imported)
    names = [(node, getattr(node, "module", "") or "") for node in imported]
    return _Section(
        ast.get_docstring(tree) or module,
        tuple(ast.unparse(node) for node, name in names if not name.startswith(("ftcli.", "__future__"))),
        tuple(name for _, name in names if name.startswith("ftcli.") and not name.startswith(SECTIONS)),
        "\n".join(text.splitlines()[last:]).strip(),
    )


def _text(module: str) -> str:
    return PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py").read_text(encoding="utf-8")


def _order(line: str) -> tuple[bool, bool, str]:
    """The order of import lines: Python's own first, and whole modules before names of them."""
    return not _own(line), line.startswith("from"), line.lower()


def _own(line: str) -> bool:
    return line.split()[1].partition(".")[0] in sys.stdlib_module_names


def _grouped(imports: Sequence[str]) -> Iterator[str]:
    """The import lines, Python's own apart from others."""
    for index, line in enumerate(imports):
        if index and _own(imports[index - 1]) and not _own(line):
            yield ""
        yield line
