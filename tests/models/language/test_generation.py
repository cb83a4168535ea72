from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
from transformers import GenerationConfig

from ftcli.config.generation import Generation
from ftcli.config.schema import Model
from ftcli.models.language.generation import generation_options, seeded
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from tests.tiny import language_models as tiny

CPU = torch.device("cpu")
SAMPLED = Generation(temperature=0.9, top_k=5, top_p=0.95)


@pytest.mark.parametrize("settings", [Generation(), Generation(beams=3, length_penalty=0.5), SAMPLED])
def test_every_option_is_one_of_transformers(settings: Generation) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        options = generation_options(settings, max_length=20)
        GenerationConfig(**options).validate()
    assert set(options) <= set(GenerationConfig().to_dict())


def test_without_a_number_of_new_tokens_the_length_of_texts_is_the_limit() -> None:
    assert generation_options(Generation(), max_length=20)["max_new_tokens"] == 20
    assert generation_options(Generation(max_new_tokens=7), max_length=20)["max_new_tokens"] == 7


def test_nothing_is_chosen_at_random_without_a_temperature() -> None:
    options = generation_options(Generation(top_k=3), max_length=8)
    assert not options["do_sample"]
    assert not {"temperature", "top_k", "top_p"} & set(options)


@pytest.mark.parametrize(("name", "beams"), [("t5", 1), ("gpt2", 1), ("t5", 2)])
def test_random_texts_are_those_of_the_seed(name: str, beams: int, tmp_path: Path) -> None:
    form, make = tiny.MODELS[name]
    backbone = load_backbone(form, Request(Model(make(tmp_path / name)), "text"))  # type: ignore[arg-type]
    network = backbone.module.eval()
    options = generation_options(Generation(beams, temperature=5.0, min_new_tokens=8), max_length=8)
    inputs = dict(backbone.preprocess.tokenizer(["a good film"], return_tensors="pt"))  # type: ignore[union-attr]
    written = []
    for seed in (1, 1, 2):
        with seeded(seed, CPU):
            written.append(network.generate(inputs["input_ids"], inputs["attention_mask"], **options))  # type: ignore[operator]
    assert torch.equal(written[0], written[1])
    assert not torch.equal(written[0], written[2])


def test_chance_goes_on_where_it_was() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    with seeded(5, CPU):
        torch.rand(9)
    assert torch.equal(torch.rand(2), expected)
