"""What every exported folder of graphs has beside its networks: the settings and the script."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.assembling import assembled
from ftcli.ship.exporter import SCRIPT
from ftcli.ship.graphs.graph import SETTINGS, Part, graph_of


def write_folder(
    predictor: Predictor, folder: Path, trace: Callable[[Part, Path], None], runtime: str, needs: str
) -> list[str]:
    """Trace the parts of a predictor's network into `folder`, and write what runs them; gives notes.

    `runtime` is the section of `ftcli.ship.scripts` that runs what `trace` writes, by the package `needs`.
    """
    graph = graph_of(predictor)
    for part in graph.parts():
        trace(part, folder)
    settings = json.dumps(graph.settings(folder), indent=2, ensure_ascii=False)
    (folder / SETTINGS).write_text(settings + "\n", encoding="utf-8")
    packages = ", ".join([needs, "numpy", *graph.needs])
    about = (
        f"Predict with the network in this folder: python {SCRIPT} FILE_OR_TEXT...\n\nIt needs {packages}."
    )
    script = assembled(about, [runtime, *graph.sections])
    (folder / SCRIPT).write_text(script, encoding="utf-8")
    return [f"{SCRIPT} needs {packages}", *graph.notes]
