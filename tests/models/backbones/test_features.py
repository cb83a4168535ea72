"""Networks that give a vector for each token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from ftcli.config.schema import Model, Tokenizer
from ftcli.contracts import Backbone
from ftcli.errors import ConfigError
from ftcli.models.freezing.cut import Cut
from ftcli.models.load import load_backbone, rebuild_backbone, save_backbone_files
from ftcli.models.request import Request
from tests.models.conftest import load
from tests.tiny.models import TEXTS, WIDTH

LONG, SHORT = "a good film and the food was great", "a bad room"


def batch(backbone: Backbone, *texts: str) -> dict[str, Any]:
    tokenizer = backbone.preprocess.tokenizer  # type: ignore[union-attr]
    return dict(tokenizer(list(texts), padding=True, return_tensors="pt"))


@torch.no_grad()
def features(backbone: Backbone, *texts: str) -> torch.Tensor:
    return torch.as_tensor(backbone.module.eval()(**batch(backbone, *texts)))


@pytest.mark.parametrize("name", TEXTS)
def test_each_token_has_a_vector(folders: dict[str, str], name: str, tmp_path: Path) -> None:
    backbone = load(folders[f"text/{name}"], "text", form="tokens")
    pooled = load(folders[f"text/{name}"], "text")
    assert (backbone.form, backbone.width, backbone.blocks) == ("tokens", WIDTH, pooled.blocks)
    mask = batch(backbone, LONG, SHORT)["attention_mask"].bool()
    found = features(backbone, LONG, SHORT)
    assert found.shape == (*mask.shape, WIDTH)
    assert torch.allclose(found[1][mask[1]], features(backbone, SHORT)[0], atol=1e-5)  # whatever the padding
    if name not in ("gpt2", "xlnet"):
        assert torch.allclose(found[0].mean(0), features(pooled, LONG)[0], atol=1e-5)

    save_backbone_files(backbone, tmp_path)
    again = rebuild_backbone("x", tmp_path)
    again.module.load_state_dict(backbone.module.state_dict())
    assert (again.form, again.source, again.blocks) == (backbone.form, backbone.source, backbone.blocks)
    assert torch.equal(features(again, LONG), features(backbone, LONG))


def test_a_network_from_nothing_gives_them_too() -> None:
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    model = Model(backbone="bert", config=sizes, tokenizer=Tokenizer(kind="wordpiece", vocab_size=60))
    backbone = load_backbone("tokens", Request(model, "text", texts=lambda: [LONG, SHORT]))
    assert (backbone.form, features(backbone, SHORT).shape[2]) == ("tokens", 16)


@pytest.mark.parametrize("name", TEXTS)
def test_above_the_whole_network_features_are_those_of_tokens(folders: dict[str, str], name: str) -> None:
    backbone = load(folders[f"text/{name}"], "text", form="tokens")
    inputs = batch(backbone, LONG, SHORT)
    depth = len(backbone.blocks)
    cut = Cut(backbone.module, backbone.blocks, depth, inputs, form="tokens")
    assert (cut.per_token, cut.needs_inputs) == (True, True)
    whole = features(backbone, LONG, SHORT)
    assert torch.allclose(cut.finish(cut.begin(inputs), inputs), whole, atol=1e-5)
    pooled = load(folders[f"text/{name}"], "text")
    cut = Cut(pooled.module, pooled.blocks, depth, inputs)
    assert (cut.per_token, cut.needs_inputs) == (False, False)


@pytest.mark.parametrize(
    ("name", "pooling", "words"),
    [
        ("torchvision/resnet18", None, "model.backbone: torchvision/resnet18 takes images"),
        ("image/vit", None, "takes 'pixel_values', and this task has texts"),
        ("text/bert", "mean", "model.pooling: has no meaning for this task"),
    ],
)
def test_mistakes(folders: dict[str, str], name: str, pooling: str | None, words: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(folders.get(name, name), "text", pooling=pooling, form="tokens")
    assert words in str(error.value)
