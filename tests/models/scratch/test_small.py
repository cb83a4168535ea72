"""There is a small network for all that a task can ask for, and it can be built."""

from __future__ import annotations

import pytest

from ftcli.config.places import Places
from ftcli.models.catalogue import entries
from ftcli.models.load import READ_BY
from ftcli.models.scratch.from_config import new_config
from ftcli.models.scratch.small import SMALL
from ftcli.tasks import OUTLINES


def test_every_task_has_one() -> None:
    assert {(one.inputs[0].name, one.form) for one in OUTLINES.values()} == set(SMALL)


@pytest.mark.parametrize("wanted", list(SMALL), ids="-".join)
def test_its_section_is_right(wanted: tuple[str, str]) -> None:
    modality, form = wanted
    model = SMALL[wanted].model
    assert all(form in forms for key, forms in READ_BY.items() if key in model)
    if "config" in model:
        assert new_config(model["backbone"], model["config"], Places()).model_type == model["backbone"]
    else:
        known = next(one for one in entries() if one.name == model["backbone"])
        assert (known.modality, model["weights"]) == (modality, "none")
        assert form in known.forms
