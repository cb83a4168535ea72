"""The page of all shipped YAML files: what each is for, what it needs, and what came out where it was run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from markup import code, prose, table

from ftcli.data import SOURCES

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / "configs"
RESULTS = ROOT / "docs" / "results.yaml"

INTRODUCTION = """# Gallery

Every YAML file that comes with ftcli, one for each kind of experiment. Each is run by a test, on tiny data and with
tiny weights. A result stands where the file was run as it is, with the command, the version and the machine. Where
there is none, nobody has measured it yet.
"""


def gallery_page() -> str:
    """The whole page, in Markdown."""
    results = read_results()
    paths = sorted(CONFIGS.glob("*.yaml"), key=lambda path: (_task(path), path.stem))
    rows = [(f"[{path.stem}](#{path.stem})", _task(path), _outcome(results.get(path.stem))) for path in paths]
    text = [INTRODUCTION, table(("file", "task", "result"), rows)]
    for path in paths:
        text += _entry(path, results.get(path.stem))
    return "\n".join(text)


def read_results() -> dict[str, dict[str, str]]:
    """What was measured, by the name of the file."""
    return dict(yaml.safe_load(RESULTS.read_text(encoding="utf-8")))


def _task(path: Path) -> str:
    return str(yaml.safe_load(path.read_text(encoding="utf-8"))["task"])


def _outcome(result: Mapping[str, str] | None) -> str:
    return "" if result is None else prose(result["figure"])


def comment(text: str) -> str:
    """The comment at the beginning of a file; its lines that are indented are commands."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").removeprefix(" "))
    return "\n".join(lines)


def needs(experiment: Mapping[str, Any]) -> Iterator[str]:
    """What has to be there, or is downloaded, before the experiment runs."""
    data, model = experiment["data"], experiment["model"]
    data = {"source": data} if isinstance(data, str) else data
    model = {"backbone": model} if isinstance(model, str) else model
    source = data.get("source")
    if source == "digits":
        yield "no data: it is embedded"
    elif source in SOURCES:
        yield f"the data set {source}, which is downloaded"
    else:
        yield f"your data: {source or data['train']}"
    weights = model.get("weights")
    backbone = model["backbone"]
    if "config" in model or weights in ("none", "digits-0-4"):
        yield "no weights" + (
            ": they are embedded" if weights == "digits-0-4" else ": the network is made from nothing"
        )
    elif backbone.startswith("torchvision/"):
        yield f"the weights of {backbone}, which are downloaded"
    else:
        yield f"{backbone} of the Hugging Face hub, which is downloaded, or a folder in its place"


def _entry(path: Path, result: Mapping[str, str] | None) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    first = comment(text)
    shown = text.removeprefix("".join(f"{line}\n" for line in text.splitlines()[: first.count("\n") + 1]))
    yield f"\n## {path.stem}\n"
    yield from _paragraphs(first)
    yield f"Needs {'; '.join(map(prose, needs(yaml.safe_load(text))))}.\n"
    yield f'```yaml title="{path.stem}.yaml"\n{shown}```\n'
    if result is not None:
        yield f"**{prose(result['figure'])}**, {prose(result['seconds'])} on {prose(result['machine'])}, "
        yield f"ftcli {result['version']}: {code(result['command'])}\n"


def _paragraphs(text: str) -> Iterator[str]:
    """The comment as Markdown: sentences, and what is indented as a block of commands."""
    block: list[str] = []
    for line in text.splitlines():
        if line.startswith("  "):
            block.append(line.strip())
            continue
        if block:
            yield _block(block)
            block = []
        yield prose(line)
    if block:
        yield _block(block)
    yield ""


def _block(lines: list[str]) -> str:
    return "\n```\n" + "\n".join(lines) + "\n```\n"
