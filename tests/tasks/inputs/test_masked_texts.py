"""Which tokens are masked, and by what."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import AutoTokenizer

from ftcli.contracts import Example, TextPreprocess
from ftcli.errors import DataError, ModelError
from ftcli.tasks.inputs.masked_texts import MaskedTexts, Masking, fixed_seed
from tests.tiny.language_models import MODELS


def preprocess(name: str, folder: Path) -> TextPreprocess:
    return TextPreprocess(AutoTokenizer.from_pretrained(MODELS[name][1](folder / name)), 32)


def hide(
    network: TextPreprocess, probability: float, seed: int, size: int = 4000
) -> tuple[Tensor, Tensor, Tensor, Masking]:
    masking = Masking(MaskedTexts(network, packed=False), probability)
    special = network.tokenizer.all_special_ids
    ordinary = torch.tensor([n for n in range(len(network.tokenizer)) if n not in special])
    ids = ordinary[torch.arange(size) % len(ordinary)]
    ids[::100] = network.tokenizer.sep_token_id
    hidden, places = masking(ids, seed)
    return ids, hidden, places, masking


def test_tokens_are_masked_as_in_bert(tmp_path: Path) -> None:
    network = preprocess("bert", tmp_path)
    ids, hidden, places, _ = hide(network, 0.15, seed=3)
    special = torch.tensor(network.tokenizer.all_special_ids)
    assert len(places) == round(0.15 * (4000 - 40))
    assert not torch.isin(ids[places], special).any()
    rest = torch.ones(len(ids), dtype=torch.bool)
    rest[places] = False
    assert torch.equal(ids[rest], hidden[rest])
    became = hidden[places]
    masks = (became == network.tokenizer.mask_token_id).float().mean()
    stayed = (became == ids[places]).float().mean()
    assert masks == pytest.approx(0.8, abs=0.05)
    assert stayed == pytest.approx(0.1, abs=0.04)
    others = became[(became != ids[places]) & (became != network.tokenizer.mask_token_id)]
    assert len(set(others.tolist())) > 20
    assert not torch.isin(others, special).any()


def test_a_mask_is_drawn_by_its_seed_and_has_a_token_at_least(tmp_path: Path) -> None:
    network = preprocess("bert", tmp_path)
    (_, first, _, masking), (_, again, _, _), (_, other, _, _) = (
        hide(network, 0.3, seed) for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    ids = torch.tensor(network.tokenizer("a")["input_ids"])
    assert len(masking(ids, 0)[1]) == 1
    assert len(masking(ids[[0, -1]], 0)[1]) == 0


def test_a_tokenizer_without_a_mask_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no mask token"):
        MaskedTexts(preprocess("gpt2", tmp_path), packed=False)


def test_a_text_to_predict_needs_a_mask(tmp_path: Path) -> None:
    texts = MaskedTexts(preprocess("bert", tmp_path), packed=True)
    with pytest.raises(DataError, match=r"0: no \[MASK\] to fill"):
        texts.encode_inputs([Example("0", {"text": "a film"})])
    for sample in texts.samples():
        (inputs,) = texts.encode_inputs([Example("0", sample)])
        assert (inputs["input_ids"] == texts.mask).sum() == 1


def test_packed_texts_have_a_separator_behind_each(tmp_path: Path) -> None:
    texts = MaskedTexts(preprocess("bert", tmp_path), packed=True)
    (inputs,) = texts.encode_inputs([Example("0", {"text": "a film"}, True)])
    tokenizer = texts.tokenizer
    assert inputs["input_ids"].tolist() == tokenizer("a film")["input_ids"][1:]
    assert (texts.packing.before, texts.packing.after) == (
        (tokenizer.cls_token_id,),
        (tokenizer.sep_token_id,),
    )


def test_the_seed_of_a_text_is_its_own() -> None:
    assert fixed_seed(torch.tensor([1, 2])) == fixed_seed(torch.tensor([1, 2])) >= 0
    assert fixed_seed(torch.tensor([1, 2])) != fixed_seed(torch.tensor([2, 1]))
