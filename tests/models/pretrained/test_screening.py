"""Settings of a model folder that are refused before transformers reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftcli.errors import WeightsError
from ftcli.models.pretrained.screening import read_settings, screen, shards


def written(folder: Path, name: str = "config.json", **settings: Any) -> Path:
    (folder / name).write_text(json.dumps(settings))
    return folder / name


def test_usual_settings_pass(tmp_path: Path) -> None:
    written(tmp_path, model_type="bert", num_hidden_layers=12, attn_implementation="sdpa")
    written(tmp_path, "tokenizer_config.json", model_max_length=512)
    screen(tmp_path)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"num_hidden_layers": 100_000}, "num_hidden_layers: 100,000 of them are too many: at most 1,000"),
        ({"deep": {"n_layers": [5000]}}, "n_layers: 5,000 of them are too many"),
        ({"attn_implementation": "user/kernel"}, "names code outside of the model"),
        ({"backbone": "user/model"}, "is another model, which is not fetched"),
        ({"model_args": {"pretrained": True}}, "pretrained would load other weights"),
        ({"model_type": "mine", "auto_map": {"AutoModel": "a.B"}}, "the network is code of its own"),
        (
            {"model_type": "ftcli_text", "network": {"model_type": "mine"}, "auto_map": {"AutoModel": "a.B"}},
            "the network is code of its own",
        ),
        (
            {"model_type": "ftcli_text", "network": {"model_args": {"pretrained": True}}},
            "pretrained would load other weights",
        ),
        ({"auto_map": 3}, "3 is not a mapping"),
        ({"configuration_files": ["../config.json"]}, "is not in this folder"),
    ],
)
def test_hostile_settings_are_refused(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    path = written(tmp_path, **settings)
    with pytest.raises(WeightsError, match=words) as error:
        screen(tmp_path)
    assert str(path) in str(error.value)


def test_labels_may_be_many(tmp_path: Path) -> None:
    written(tmp_path, num_labels=20_000, id2label={"layers": 5000})
    screen(tmp_path)


def test_an_adapter_is_not_a_model(tmp_path: Path) -> None:
    written(tmp_path, "adapter_config.json")
    with pytest.raises(WeightsError, match="an adapter to another model"):
        screen(tmp_path)


@pytest.mark.parametrize("content", ["[1]", "{", "[" * 100_000])
def test_what_is_not_an_object_in_json_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(content)
    with pytest.raises(WeightsError, match=r"config.json: (a JSON list|cannot be read as JSON)"):
        read_settings(path)


def test_an_index_names_files_of_its_folder(tmp_path: Path) -> None:
    name = "model.safetensors.index.json"
    index = written(tmp_path, name, weight_map={"a": "one.safetensors", "b": "one.safetensors"})
    assert shards(index) == [tmp_path / "one.safetensors"]
    for file in ("../one.safetensors", "one.bin"):
        with pytest.raises(WeightsError, match=r"is not a .safetensors file of this folder"):
            shards(written(tmp_path, name, weight_map={"a": file}))
