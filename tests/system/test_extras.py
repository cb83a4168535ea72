from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ftcli.cli.predictions import check_ending
from ftcli.data.sources.parquet import Parquet
from ftcli.errors import InstallationError
from ftcli.system.extras import check_extra, import_extra


def test_what_is_installed_is_imported() -> None:
    check_extra("numpy", "none", "nobody")
    assert import_extra("os.path", "none", "nobody").sep == "/"


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(InstallationError, match=r'^x needs one more package: pip install "ftcli\[some\]"$'):
        import_extra("numpy.linalg", "some", "x")


def test_parquet_is_read_and_written_by_an_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InstallationError, match=r'd\.parquet needs .* "ftcli\[parquet\]"'):
        Parquet(tmp_path / "d.parquet", tmp_path).columns()
    check_ending(Path("p.csv"))
    with pytest.raises(InstallationError, match=r'--output p\.parquet needs .* "ftcli\[parquet\]"'):
        check_ending(Path("p.parquet"))
