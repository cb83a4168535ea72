"""Logits and written texts of language models do not depend on what else is in the batch."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from ftcli.errors import ModelError
from ftcli.models.language.language_model import LanguageNetwork, left_padded
from tests.models.language.language import LONG, SHORT, WRITERS, loaded, logits, tokens
from tests.tiny.language_models import MODELS


@pytest.mark.parametrize("name", MODELS)
def test_padding_does_not_matter(made: dict[str, str], name: str) -> None:
    backbone = loaded(made, name)
    mask = tokens(backbone, LONG, SHORT)["attention_mask"][1].bool()
    assert not mask.all()
    assert torch.allclose(logits(backbone, LONG, SHORT)[1][mask], logits(backbone, SHORT)[0], atol=1e-5)


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_does_not_depend_on_the_batch(made: dict[str, str], name: str) -> None:
    backbone = loaded(made, name)
    module: Any = backbone.module.eval()
    options = {"max_new_tokens": 6, "do_sample": False}
    together = module.generate(**tokens(backbone, LONG, SHORT), **options)
    alone = module.generate(**tokens(backbone, SHORT), **options)[0]
    assert together.shape[0] == 2
    assert together.shape[1] <= 6
    assert together[1][: len(alone)].tolist() == alone.tolist()


def test_a_continuation_is_the_likeliest_token_after_each(made: dict[str, str]) -> None:
    """Token by token through our own forward pass, which has no cache."""
    backbone = loaded(made, "gpt2")
    module: Any = backbone.module.eval()
    ids = tokens(backbone, SHORT)["input_ids"]
    written = module.generate(ids, torch.ones_like(ids), max_new_tokens=5, do_sample=False)
    for _ in range(5):
        with torch.no_grad():
            following = module(ids, torch.ones_like(ids))[:, -1:].argmax(-1)
        ids = torch.cat([ids, following], dim=1)
    assert ids[:, -5:].tolist() == written.tolist()


def test_padding_goes_to_the_left() -> None:
    ids, mask = torch.tensor([[5, 6, 0, 0], [0, 7, 8, 9]]), torch.tensor([[1, 1, 0, 0], [0, 1, 1, 1]])
    moved, where = left_padded(ids, mask)
    assert moved.tolist() == [[0, 0, 5, 6], [0, 7, 8, 9]]
    assert where.tolist() == [[0, 0, 1, 1], [0, 1, 1, 1]]


def test_a_decoder_without_a_start_is_an_error(made: dict[str, str]) -> None:
    backbone = loaded(made, "t5")
    backbone.module.config.decoder_start_token_id = None  # type: ignore[union-attr]
    assert isinstance(backbone.module, LanguageNetwork)
    with pytest.raises(ModelError, match="does not say with which token its decoder starts"):
        backbone.module.decoder_inputs(torch.ones(1, 2, dtype=torch.long))
