"""What `ftcli cache` prints; with the entries of a run in tests/runs/test_caching.py."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from ftcli.cli.commands.cache import cache
from ftcli.runs.cache_folder import open_store
from tests.running import Command


def test_shelves_are_rows_and_another_folder_may_be_asked_for(ftcli: Command, workplace: Path) -> None:
    store = open_store("kept", 10**6)
    store.bucket("inputs", {"sounds": 1}).put(b"k" * 16, {"x": torch.zeros(3)})
    assert "0.0 MB" in ftcli.ok("cache")
    lines = ftcli.ok("cache", "--folder", "kept").splitlines()
    assert lines[0].startswith("kept: ")
    assert lines[1].split() == ["kind", "of", "entries", "MB", "last", "used"]
    assert lines[2].split()[:3] == ["inputs", "sounds", "1"]
    document = json.loads(ftcli.ok("cache", "--folder", "kept", "--json"))
    (bucket,) = document["buckets"]
    assert (document["folder"], document["bytes"]) == ("kept", bucket["bytes"])
    assert (bucket["kind"], bucket["of"], bucket["entries"], bucket["facts"]) == (
        "inputs",
        "sounds",
        1,
        {"sounds": 1},
    )
    freed = json.loads(ftcli.ok("cache", "--folder", "kept", "--clear", "--json"))
    assert freed == {"folder": "kept", "freed": freed["freed"]}
    assert freed["freed"] >= bucket["bytes"]
    cache(workplace / "kept", clear=True)
    assert open_store("kept").buckets() == []
