"""The page of all shipped YAML files: what each is for, what it needs, and what came out where it was run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from markup import code, prose, table

from ftcli.cli.examples import Example, examples, folder

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "results.yaml"

INTRODUCTION = """# Gallery

Every YAML file that comes with ftcli, one for each kind of experiment. `ftcli train NAME` trains one, and
`ftcli examples NAME > my.yaml` writes it, to be changed. Each is run by a test, on tiny data and with tiny weights.

A result stands where the file was run as it is, with the command, the version and the machine. Where there is none,
nobody has measured it yet.
"""


def gallery_page() -> str:
    """The whole page, in Markdown."""
    results = read_results()
    # Of no machine in particular, so nothing is there already.
    shipped = sorted(examples(here=()), key=lambda one: (one.task, one.name))
    rows = [(f"[{one.name}](#{one.name})", one.task, _outcome(results.get(one.name))) for one in shipped]
    text = [INTRODUCTION, table(("file", "task", "result"), rows)]
    for one in shipped:
        text += _entry(one, results.get(one.name))
    return "\n".join(text)


def read_results() -> dict[str, dict[str, str]]:
    """What was measured, by the name of the file."""
    return dict(yaml.safe_load(RESULTS.read_text(encoding="utf-8")))


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


def needs(example: Example) -> str:
    """What has to be there, or is downloaded, before the experiment runs."""
    parts = [f"your data: {', '.join(map(code, example.data))}"] if example.data else []
    parts += [f"downloads: {', '.join(map(prose, example.downloads))}"] if example.downloads else []
    return f"Needs {'; '.join(parts)}." if parts else "Needs nothing but ftcli."


def _entry(example: Example, result: Mapping[str, str] | None) -> Iterator[str]:
    text = (folder() / f"{example.name}.yaml").read_text(encoding="utf-8")
    first = comment(text)
    shown = text.removeprefix("".join(f"{line}\n" for line in text.splitlines()[: first.count("\n") + 1]))
    yield f"\n## {example.name}\n"
    yield from _paragraphs(first)
    yield f"{needs(example)}\n"
    yield f'```yaml title="{example.name}.yaml"\n{shown}```\n'
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
