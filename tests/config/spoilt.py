"""The shipped YAML files, spoilt: values, keys and characters that are changed at random, and what is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from ftcli.config.dump import dump_experiment
from ftcli.config.load import load_experiment
from ftcli.errors import ConfigError, Mistake
from ftcli.runs.checks import bind_parts, check_sections
from ftcli.runs.names import NAMES
from ftcli.tasks import TASKS

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
KEYS = (
    "epochs",
    "lr",
    "name",
    "batch_size",
    "batchsize",
    "é",
    "0",
    "~",
    "a.b",
    "task",
    "<<",
    "x" * 600,
    "- a",
    "",
)
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 3, 0.5, 1.5, -0.1, 1e308, float("nan"), float("inf"), -float("inf"), 10**30, 10**400,
    "", " ", "\t", "no", "auto", "none", "null", "1", "1e-3", "12:30", "2024-01-01", "é", "😀", "a\nb", "x" * 20_000,
    "../..", "*", "[", [], [1], ["a", "a"], [None], [[1]], {}, {"name": "sgd"}, {"name": None}, {"lr": [1]},
    {"a": {"b": 1}}, list(range(300)), b"\xff", "layer[", "\u2028", "imagenet", "torchvision/resnet50",
)  # fmt: skip
TOKENS = (
    "", " ", "  ", "\t", "\n", ":", ": ", "- ", "[", "]", "{", "}", ",", "'", '"', "#", " #", "&a ", "*a", "!!int ",
    "!x", "|", ">", "%", "@", "`", "?", "<<: ", "---\n", "...\n", "null", "~", "true", "no", "1e999", ".nan", "-1",
    "0", "1_0", "\0", "\x07", "\x85", "\ufeff", "\u2028", "é", "😀", "\\", '"\\0"', "9" * 400, "x" * 50,
    "[" * 25, "{a: " * 25, "\r",
)  # fmt: skip


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of a file: nothing if it was accepted. `wrong` is what should not be."""

    mistakes: tuple[Mistake, ...] = ()
    wrong: str = ""

    @property
    def placed(self) -> bool:
        """Whether each mistake has file and line, and the key unless no key can be read there."""
        return all(
            _PLACE.fullmatch(one.place) and (one.key or _NO_KEY.match(one.problem)) for one in self.mistakes
        )


_PLACE = re.compile(r".*x\.yaml:\d+")
_NO_KEY = re.compile("cannot be read as YAML|the character|a second document|the file is empty|a %")


def answer(folder: Path, text: str) -> Answer:
    """What `ftcli train` says of a file before it opens data; an accepted one must survive being written and read."""
    path, copy = folder / "x.yaml", folder / "copy.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    try:
        experiment = load_experiment(path, names=NAMES)
        bind_parts(experiment)
        check_sections(experiment, TASKS.load(experiment.task).sections)
    except ConfigError as error:
        long = [str(one) for one in error.mistakes if len(str(one).splitlines()) > 1 or not one.problem]
        return Answer(error.mistakes, f"is not one line: {long[0]!r}" if long else "")
    except Exception as error:
        return Answer(wrong=f"{type(error).__name__}: {error}")
    copy.write_text(dump_experiment(experiment), encoding="utf-8")
    same = load_experiment(copy, names=NAMES) == experiment
    return Answer(wrong="" if same else "it is another experiment when it was written and read again")


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """The text of a file after one to three edits of its values or keys, of its characters, or of both."""
    text = draw(st.sampled_from(CONFIGS)).read_text(encoding="utf-8")
    edits = draw(st.integers(1, 3))
    of_characters = draw(st.integers(0, edits))
    if of_characters < edits:
        tree = yaml.load(text, Loader=yaml.CSafeLoader)
        for _ in range(edits - of_characters):
            _change(draw, tree)
        text = yaml.dump(tree, Dumper=_Dumper, allow_unicode=True, sort_keys=False)
    for _ in range(of_characters):
        text = _edit(draw, text)
    return text


def _change(draw: st.DrawFn, tree: Any) -> None:
    """One value or key of the tree: replaced, removed, misspelt, moved, wrapped, or another beside it."""
    where, key = draw(st.sampled_from([*_inside(tree)]))
    value = where[key]
    match draw(st.sampled_from(("value", "remove", "misspell", "add", "deepen", "list", "mapping", "move"))):
        case "value":
            where[key] = draw(st.sampled_from(VALUES))
        case "remove" if len(tree) > 1:
            del where[key]
        case "misspell" if isinstance(key, str):
            del where[key]
            where[_misspelt(draw, key)] = value
        case "add" if isinstance(where, dict):
            where[draw(st.sampled_from(KEYS))] = draw(st.sampled_from(VALUES))
        case "deepen":
            for _ in range(draw(st.sampled_from((1, 3, 30)))):
                value = {"a": value}
            where[key] = value
        case "list":
            where[key] = [value] * draw(st.integers(1, 3))
        case "mapping":
            where[key] = {"name": value}
        case "move":
            target, other = draw(st.sampled_from([*_inside(tree)]))
            target[other] = deepcopy(value)


def _inside(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in the tree, as what holds it and its key or index."""
    for key, value in list(tree.items()) if isinstance(tree, dict) else enumerate(tree):
        yield tree, key
        if isinstance(value, (dict, list)):
            yield from _inside(value)


def _misspelt(draw: st.DrawFn, key: str) -> str:
    at = draw(st.integers(0, max(len(key) - 1, 0)))
    forms = (
        key[:at] + key[at + 1 :],
        key[:at] + key[at : at + 1] * 2 + key[at + 1 :],
        key.upper(),
        key.replace("_", "-"),
        f"{key} ",
        f"{key}s",
    )
    return draw(st.sampled_from(forms))


def _edit(draw: st.DrawFn, text: str) -> str:
    """A line dropped, doubled, moved or indented otherwise, or some of its characters replaced, doubled or swapped."""
    lines = text.splitlines(keepends=True) or [""]
    row = draw(st.integers(0, len(lines) - 1))
    line = lines[row]
    at = draw(st.integers(0, max(len(line) - 1, 0)))
    match draw(
        st.sampled_from(("drop", "double", "move", "indent", "swap", "cut", "token", "token", "token"))
    ):
        case "drop":
            del lines[row]
        case "double":
            lines.insert(row, line)
        case "move":
            lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(row))
        case "indent":
            lines[row] = draw(st.sampled_from((" ", "  ", "\t", ""))) + line.lstrip()
        case "swap":
            lines[row] = line[:at] + line[at + 1 : at + 2] + line[at : at + 1] + line[at + 2 :]
        case "cut":
            lines[row:] = [line[:at]]
        case "token":
            end = at + draw(st.sampled_from((0, 0, 1, 3)))
            lines[row] = line[:at] + draw(st.sampled_from(TOKENS)) + line[end:]
    return "".join(lines)
