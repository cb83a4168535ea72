"""Detectors of all kinds can be made without ftcli; that they learn is in `test_new_head`."""

from __future__ import annotations

from pathlib import Path

import pytest
from torch import nn

from ftcli.models.detection import kinds, pyramid


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_a_kind_has_an_output_for_each_class(kind: str) -> None:
    given = nn.Module()
    given.out_channels = 16  # type: ignore[assignment]
    one, two = (
        kinds.KINDS[kind](given, [8, 16, 32, 64, 128], classes, 16).state_dict() for classes in (1, 2)
    )
    assert any(one[name].shape != two[name].shape for name in one)


def test_their_files_need_nothing_of_ftcli() -> None:
    for module in (kinds, pyramid):
        text = Path(str(module.__file__)).read_text()
        assert "from ftcli" not in text
        assert "import ftcli" not in text
