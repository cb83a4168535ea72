"""Packages that do not fit each other are one sentence."""

from __future__ import annotations

import pytest

from ftcli.errors import InstallationError
from ftcli.system import packages


def test_a_pair_that_fits_passes() -> None:
    packages.check()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("operator nms does not exist\nat x"), "operator nms does not exist"),
        (OSError(), "OSError"),
    ],
)
def test_a_pair_that_does_not_fit_is_one_sentence(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise error

    monkeypatch.setattr(packages, "import_torch", broken)
    with pytest.raises(InstallationError) as caught:
        packages.check()
    assert f"do not fit each other ({reason}); install a pair that does" in str(caught.value)
    assert "\n" not in str(caught.value)
