"""Imports point one way. This table is the architecture; a new arrow is a decision, made here."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    "config": set(),
    "media": {"system"},
    "data": {"config", "media", "store", "system"},
    "loading": {"media", "store"},
    "models": {"config", "system"},
    "tasks": {"config", "media", "metrics", "models", "store"},  # of config, the dataclasses
    "training": {"config"},
    "runs": {
        "config",
        "data",
        "loading",
        "losses",
        "metrics",
        "models",
        "store",
        "system",
        "tasks",
        "training",
    },
    # Of the rooms below runs, only tables, the types of what it shows, and the start of several processes.
    "cli": {
        "config",
        "data.discovery",
        "data.standard_input",
        "models.catalogue",
        "runs",
        "store.store.BucketSummary",
        "system",
        "tasks.OUTLINES",
        "tasks.TASKS",
        "training.distributed",
        "training.fit",
    },
    "__main__": {"cli"},
    "__init__": {"runs"},  # when one of its names is used
}
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
    """Files from outside are data. `torch.load` is allowed in one place, weights only."""
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
    assert [name for name, _ in found] == ["weights.py"]
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
