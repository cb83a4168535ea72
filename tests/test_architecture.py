"""Imports point one way. This table is the architecture; a new arrow is a decision, made here."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tested_elsewhere import TESTED_ELSEWHERE

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ftcli"

# What every room may see.
WORDS = {"errors", "registry", "contracts"}
# A room, or only a part of it: a folder, a module, or a name in one.
MAY_SEE: dict[str, set[str]] = {
    "errors": set(),
    "registry": set(),
    "contracts": set(),
    "system": set(),
    "store": set(),
    "losses": set(),
    "metrics": set(),
    "evidence": set(),
    "config": set(),
    "media": {"system"},
    "data": {"config", "media", "store", "system"},
    "findings": {"config", "data", "media", "store", "system"},
    "loading": {"media", "store"},
    "models": {"config", "system"},
    "tasks": {"config", "media", "metrics", "models", "store"},  # of config, the dataclasses
    "training": {"config"},
    "report": {
        "metrics.figures",
        "metrics.intervals",
        "metrics.paired",
        "system",
    },  # of metrics, what needs no torch
    "card": {"report", "system"},
    "trackers": {"report", "system"},
    "runs": {
        "card",
        "config",
        "data",
        "evidence",
        "findings",
        "loading",
        "losses",
        "metrics",
        "models",
        "report",
        "store",
        "system",
        "tasks",
        "trackers",
        "training",
    },
    "ship": {
        "card",
        "config",
        "data",
        "loading",
        "media",
        "metrics",
        "models",
        "report",
        "runs",
        "system",
        "tasks",
        "training",
    },
    "studies": {
        "config",
        "data",
        "evidence",
        "findings",
        "loading",
        "media",
        "metrics",
        "models",
        "report",
        "runs",
        "store",
        "system",
        "tasks",
        "training",
    },
    # Of the rooms below runs, only tables, the types of what it shows, and the start of several processes.
    "cli": {
        "card",
        "config",
        "data.EMBEDDED",
        "data.SOURCES",
        "data.discovery",
        "data.standard_input",
        "findings",
        "models.catalogue",
        "models.on_this_machine",
        "models.proposal",
        "report",
        "runs",
        "ship",
        "store.store.BucketSummary",
        "studies",
        "system",
        "tasks.OUTLINES",
        "tasks.TASKS",
        "training.distributed",
        "trackers",
        "training.reports",
    },
    "__main__": {"cli"},
    "__init__": {"runs"},  # when one of its names is used
}
MOST_LINES, MOST_FILES = 300, 20
HEAVY = {"torch", "torchvision", "transformers", "sklearn", "scipy", "pyarrow", "numpy", "datasets"}


def room(path: Path) -> str:
    """The room that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    here = room(path)
    doors = {*MAY_SEE[here], *WORDS, here, "__version__"}
    seen = {name.removeprefix("ftcli.") for name in imported(path) if name.startswith("ftcli.")}
    forbidden = {name for name in seen if not any(f"{name}.".startswith(f"{door}.") for door in doors)}
    assert not forbidden, f"{here} may not see {sorted(forbidden)}"


def modules() -> dict[str, Path]:
    """All modules by their dotted names."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in FILES
    }


def edges() -> dict[str, set[str]]:
    """The modules that each module imports, also where only types are wanted."""
    known = modules()
    found: dict[str, set[str]] = {name: set() for name in known}
    for name, path in known.items():
        for one in imported(path):
            module = one if one in known else one.rpartition(".")[0]
            if module in known and module != name:
                found[name].add(module)
    return found


def test_no_modules_import_each_other() -> None:
    """Repeatedly leave out modules that import nothing which is left: what stays is in a circle, or above one."""
    left = {name: seen - {"ftcli"} for name, seen in edges().items() if name != "ftcli"}
    while free := [name for name, seen in left.items() if not seen & left.keys()]:
        for name in free:
            del left[name]
    assert left == {}


def test_no_folders_of_a_room_see_each_other() -> None:
    seen = {(_folder(one), _folder(other)) for one, others in edges().items() for other in others}
    mutual = {pair for pair in seen if pair[0] < pair[1] and pair[::-1] in seen}
    assert not [pair for pair in mutual if all(pair) and pair[0].split(".")[1] == pair[1].split(".")[1]]


def _folder(name: str) -> str:
    """The folder within its room that a module lies in; empty for one that lies in none."""
    return name.rpartition(".")[0] if name.count(".") > 2 else ""


def test_files_and_folders_are_short_enough_to_be_read() -> None:
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules().items()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
    folders = Counter(path.parent for path in FILES if path.name != "__init__.py")
    assert {folder: count for folder, count in folders.items() if count > MOST_FILES} == {}


def test_every_module_has_the_test_file_of_its_name() -> None:
    tests = ROOT / "tests"
    without = []
    for path in FILES:
        here = path.relative_to(PACKAGE)
        named = tests / here.parent / f"test_{here.name}"
        elsewhere = {one.as_posix() for one in (here, *here.parents)} & TESTED_ELSEWHERE.keys()
        if here.name != "__init__.py" and not named.is_file() and not elsewhere:
            without.append(here.as_posix())
    assert not without
    assert not [name for name in TESTED_ELSEWHERE if not (PACKAGE / name).exists()]
    assert not [path for path in TESTED_ELSEWHERE.values() if not (tests / path).is_file()]


@pytest.mark.parametrize(
    "path",
    sorted({*PACKAGE.rglob("*/__init__.py")} - {PACKAGE / "contracts/__init__.py"}),
    ids=lambda path: path.parent.name,
)
def test_tables_of_contents_import_nothing_heavy(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & HEAVY


def test_config_does_not_know_torch() -> None:
    for path in (PACKAGE / "config").rglob("*.py"):
        assert not {name.split(".")[0] for name in imported(path)} & HEAVY, path


def test_the_loop_has_no_word_about_any_task() -> None:
    from ftcli.tasks import TASKS

    for path in (PACKAGE / "training").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [name for name in TASKS if name in text or name.replace("-", "_") in text], path


def test_names_resolve() -> None:
    from ftcli.runs.names import NAMES

    for table in NAMES.values():
        for name in table:
            assert callable(table.load(name))


def test_nothing_unpickles_or_evaluates() -> None:
    """Files from outside are data. `torch.load` is allowed in one place, weights only.

    One process is started: it runs what an export has just written. What a fork of our own has measured comes through a
    pipe, which nobody else writes to.
    """
    calls = {
        "eval",
        "exec",
        "compile",
        "__import__",
        "torch.load",
        "torch.jit.load",
        "torch.hub.load",
        "yaml.load",
    }
    modules = {
        "pickle",
        "marshal",
        "shelve",
        "dill",
        "joblib",
        "cloudpickle",
        "subprocess",
        "runpy",
        "code",
    }
    running = {"os.system", "os.popen", "os.execv", "os.execvp", "os.posix_spawn", "os.spawnv"}
    found = []
    for path, node in _calls():
        name = ast.unparse(node.func)
        if name in calls | running or name.partition(".")[0] in modules:
            found.append((path.name, ast.unparse(node)))
    assert [name for name, _ in found] == ["weights.py", "process.py", "child.py", "child.py"]
    assert "weights_only=True" in found[0][1]


def _calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path, node


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (r"Image\.open", "formats="),  # each decoder of Pillow is a door, and some start programs
        (r"(.*\.)?Auto\w+\.from_pretrained", "trust_remote_code=False"),
        (r"torch\.load", "weights_only=True"),
    ],
)
def test_files_of_strangers_are_read_with_care(function: str, argument: str) -> None:
    found = [
        (path.name, ast.unparse(node))
        for path, node in _calls()
        if re.fullmatch(function, ast.unparse(node.func))
    ]
    assert found
    assert not [(name, call) for name, call in found if argument not in call]
    everything = "".join(path.read_text(encoding="utf-8") for path in FILES)
    assert not re.search(
        r"trust_remote_code\W+True|shell=True|allow_pickle=True|weights_only=False", everything
    )


@pytest.mark.parametrize(
    ("package", "floor"),
    [("torch", "2.10"), ("transformers", "5.3"), ("pillow", "12.2"), ("safetensors", "0.8")],
)
def test_no_version_with_a_known_hole_is_allowed(package: str, floor: str) -> None:
    """CVE-2025-32434 and CVE-2026-24747 of torch, CVE-2026-4372 of transformers, CVE-2026-25990 of Pillow."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"\W", one)[0]: one.partition(">=")[2] for one in project["dependencies"]}
    assert tuple(map(int, wanted[package].split("."))) >= tuple(map(int, floor.split(".")))
