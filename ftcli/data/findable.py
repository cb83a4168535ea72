"""An experiment that can be repeated from any folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ftcli.config.schema import Experiment
from ftcli.data import SOURCES
from ftcli.data.sources.parallel_text import both
from ftcli.data.table_folders import matched


def findable(experiment: Experiment) -> Experiment:
    """The experiment with absolute paths, so that its run can be repeated from any folder."""

    def absolute(value: Any) -> Any:
        found = isinstance(value, str) and (Path(value).exists() or both(value) is not None or matched(value))
        return str(Path(value).absolute()) if found else value

    data, model = experiment.data, experiment.model
    keys = ("root", "class_names") if data.source else ("train", "val", "test", "root", "class_names")
    paths = {
        key: absolute(getattr(data, key)) for key in keys
    }  # beside a source, train is the name of a split
    source = data.source if data.source in SOURCES else absolute(data.source)
    folder = data.cache.folder and str(Path(data.cache.folder).absolute())
    return replace(
        experiment,
        data=replace(data, source=source, cache=replace(data.cache, folder=folder), **paths),
        model=replace(
            model,
            backbone=absolute(model.backbone),
            weights=absolute(model.weights),
            vocoder=absolute(model.vocoder),
        ),
    )
