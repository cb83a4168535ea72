"""The page of all commands: from the command line itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer
from markup import code, prose, table

from ftcli.cli.app import app

INTRODUCTION = """# Commands

Every command with its arguments and options. This page is made from the program when the documentation is built;
`ftcli COMMAND --help` shows the same.
"""
_WORDS: dict[Any, str] = {str: "text", Path: "a path", int: "a whole number", float: "a number"}


def commands() -> dict[str, Any]:
    """Every command that `--help` shows, by its name, as the parser of the command line has it."""
    return {
        name: one
        for name, one in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
        if not one.hidden
    }


def commands_page() -> str:
    """The whole page, in Markdown."""
    group = typer.main.get_command(app)
    return "\n".join([INTRODUCTION, *_parameters(group), *(part for one in _each() for part in one)])


def _each() -> Iterator[Iterator[str]]:
    for name, command in commands().items():
        yield _command(name, command)


def _command(name: str, command: Any) -> Iterator[str]:
    yield f"\n## {name}\n"
    paragraphs = (command.help or "").split("\n\n")
    yield from (f"{prose(' '.join(paragraph.split()))}\n" for paragraph in paragraphs)
    words = (_argument(one) for one in command.params if one.param_type_name == "argument")
    yield f"```\n{' '.join(['ftcli', name, '[OPTIONS]', *words])}\n```\n"
    yield from _parameters(command)


def _argument(one: Any) -> str:
    """An argument as usage lines have it: `[FILE...]` for any number of them, brackets where it may be left out."""
    bare = (one.metavar or one.name.upper()).strip("[].")
    bare += "..." if one.nargs == -1 else ""
    return bare if one.required else f"[{bare}]"


def _parameters(command: Any) -> Iterator[str]:
    hints = get_type_hints(command.callback, include_extras=True) if command.callback else {}
    rows = []
    for one in command.params:
        if one.hidden:
            continue
        names = (
            _argument(one)
            if one.param_type_name == "argument"
            else ", ".join([*one.opts, *one.secondary_opts])
        )
        rows.append((code(names), _value(one, hints.get(one.name)), prose(one.help or "")))
    if rows:
        yield table(("argument or option", "value", "meaning"), rows)


def _value(one: Any, hint: Any) -> str:
    """What is given to it: choices, and the default where there is one."""
    if getattr(one, "is_flag", False):
        return ""
    default = one.default if isinstance(one.default, str | int | float) else None
    shown = f"default {code(default)}" if default not in (None, "") else ""
    return "; ".join(filter(None, [", ".join(dict.fromkeys(_words(hint))), shown]))


def _words(hint: Any) -> Iterator[str]:
    """The values that a type hint allows, in words."""
    if get_origin(hint) is Literal:
        yield from map(code, get_args(hint))
    elif get_origin(hint) is Annotated:
        yield from _words(get_args(hint)[0])
    elif hint in _WORDS:
        yield _WORDS[hint]
    else:
        for inner in get_args(hint):
            yield from _words(inner)
