"""Every command line in README, AGENTS.md, the pages and the shipped YAML files is one that ftcli takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import typer
import yaml

from ftcli.cli.app import app
from tests.docs.written import DOCS, FILES, ROOT, blocks, inline

ENDS = re.compile(r"[|;&<]|\d?>+")
CONFIGS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "configs").glob("*.yaml"))


def commands(line: str) -> Iterator[list[str]]:
    """The arguments of each `ftcli` in a line of a shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|;&<>")
    lexer.whitespace_split = True
    words: list[str] | None = None
    for word in lexer:
        if ENDS.fullmatch(word[:1]):
            if words is not None:
                yield words
            words = None
        elif words is not None:
            words.append(word)
        elif re.fullmatch(r"(\S*/)?ftcli", word):
            words = []
    if words is not None:
        yield words


def lines(name: str) -> Iterator[str]:
    """Lines of a shell in blocks of code."""
    for language in ("", "sh", "bash", "console"):
        for block in blocks(name, language):
            yield from (line for line in block.splitlines() if re.match(r"(\S+ .*)?\bftcli ", line))


def mentions(name: str) -> Iterator[str]:
    """Commands within sentences, which may leave arguments out."""
    yield from (one for one in inline(name) if re.match(r"(\S*/)?ftcli ", one))


def parse(words: list[str]) -> None:
    """Raises an error of the command line for options and commands that do not exist."""
    group: Any = typer.main.get_command(app)
    name, *rest = words
    assert name in group.commands, f"no command {name!r}"
    group.commands[name].make_context(name, rest, resilient_parsing=False)


def check(line: str, *, more: Sequence[str] = ()) -> None:
    for words in commands(line):
        if words and not words[0].startswith("-") and not words[0].isupper():
            try:
                parse([*words, *more])
            except typer.Exit:
                pass
            except Exception as error:
                pytest.fail(f"{line}: {error!r}")


@pytest.mark.parametrize("name", FILES)
def test_command_lines_of(name: str) -> None:
    for line in lines(name):
        check(line)
    for line in mentions(name):
        # With --help, what is missing is not asked for; an option that does not exist still is a mistake.
        check(line, more=["--help"])


@pytest.mark.parametrize("name", CONFIGS)
def test_command_lines_in_comments_of(name: str) -> None:
    comments = re.findall(r"#\s+(?:.*: )?(ftcli .*)", (ROOT / name).read_text(encoding="utf-8"))
    for line in comments:
        check(line)


def test_command_lines_of_results() -> None:
    for result in yaml.safe_load((DOCS / "results.yaml").read_text(encoding="utf-8")).values():
        check(result["command"])


def test_the_check_sees_what_is_wrong() -> None:
    assert list(commands("ls new | ftcli predict runs/my - > x  # ftcli no")) == [["predict", "runs/my", "-"]]
    with pytest.raises(Exception, match="no-such"):
        parse(["train", "x.yaml", "--no-such"])
    with pytest.raises(Exception, match="no-such"):
        parse(["train", "--no-such", "--help"])
    with pytest.raises(AssertionError, match="no command"):
        parse(["learn"])
    assert any("predict" in line for line in lines("docs/pages/results.md"))
