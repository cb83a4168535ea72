"""The catalogue on the screen and as JSON."""

from __future__ import annotations

import json

from tests.running import Command


def test_list_models(ftcli: Command) -> None:
    shown = ftcli.ok("list-models", "resnet*")
    assert "torchvision/resnet50" in shown
    assert "bert" not in shown
    assert "huggingface, gated" in ftcli.ok("list-models", "gemma")
    found = json.loads(ftcli.ok("list-models", "--json", "--task", "text-classification"))
    assert {"bert-base-uncased", "gpt2", "xlnet-base-cased", "t5-small"} <= {entry["name"] for entry in found}
    assert {entry["modality"] for entry in found} == {"text"}
    assert "no known model matches 'nothing-like-it'" in ftcli.refused("list-models", "nothing-like-it")
    assert "Did you mean 'text-classification'?" in ftcli.refused(
        "list-models", "--task", "text-clasification"
    )
