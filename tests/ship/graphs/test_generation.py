"""Scripts that write token by token are held to transformers' `generate`, rule by rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ftcli.config.generation import Generation
from ftcli.ship.assembling import assembled
from ftcli.ship.graphs.generation import writing_of
from tests.ship.graphs.exported import imported, predictor_of, sharper
from tests.tasks import cases

RULES: dict[str, tuple[Generation, dict[str, Any]]] = {
    "greedy": (Generation(max_new_tokens=7), {}),
    "least": (Generation(max_new_tokens=7, min_new_tokens=4, no_repeat_ngram=2), {"forced_eos_token_id": 1}),
    "penalty": (Generation(max_new_tokens=7, repetition_penalty=1.8), {"suppress_tokens": [5, 6]}),
    "begin": (
        Generation(max_new_tokens=7),
        {"begin_suppress_tokens": [4, 7], "bad_words_ids": [[3], [8, 9]]},
    ),
    "first": (Generation(max_new_tokens=7), {"forced_bos_token_id": 6, "min_length": 5}),
    "beams": (Generation(max_new_tokens=7, beams=3), {}),
    "short": (Generation(max_new_tokens=7, beams=4, length_penalty=-1.0), {"early_stopping": True}),
    "long": (Generation(max_new_tokens=7, beams=2, length_penalty=2.0), {"early_stopping": "never"}),
    "ruled": (Generation(max_new_tokens=7, beams=3, no_repeat_ngram=2, repetition_penalty=1.5), {}),
}


def script_of(folder: Path, settings: Any, sections: Any) -> Any:
    (folder / "preprocess.json").write_text(json.dumps({"generation": settings}))
    (folder / "predict.py").write_text(assembled("A script.", ["torch_runtime", "settings", *sections]))
    return imported(folder / "predict.py")


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("form", ["seq2seq", "causal"])
def test_scripts_write_as_transformers_does(name: str, form: str, tmp_path: Path) -> None:
    generation, more = RULES[name]
    writes = form == "seq2seq"
    backbone = sharper(cases.writer() if writes else cases.language_model("gpt2", "causal"))
    predictor = predictor_of("translation" if writes else "causal-language-modelling", backbone, generation)
    network: Any = predictor.model.backbone
    net = network.net
    net.generation_config.update(**more)
    batch = predictor.batch([{"text": text} for text in ("good film", "bad", "very bad film", "ant bee")])
    written: list[Any] = []

    def keep(ids: Any) -> Any:
        written.append(ids)
        return ids

    def call() -> None:
        predictor.task.predictions(predictor.model, batch)

    made = writing_of(net, call, 0)
    script = script_of(tmp_path, json.loads(json.dumps(made.settings)), made.sections)
    ids, mask = batch.inputs["input_ids"], batch.inputs["attention_mask"]

    def step(known: Any, rows: Any) -> Any:
        tokens = torch.from_numpy(known)
        with torch.no_grad():
            if writes:
                logits = network(ids[rows], mask[rows], decoder_input_ids=tokens)
            else:
                whole = torch.ones_like(tokens)
                whole[:, : mask.shape[1]] = mask[rows]
                logits = network(tokens, whole)
        return logits[:, -1].numpy()

    start = np.full((len(ids), 1), made.start) if writes else ids.numpy()
    given = np.ones_like(start) if writes else mask.numpy()
    found = script.generate(step, start, given)
    generate = network.generate
    network.generate = lambda *given, **options: keep(generate(*given, **options))
    call()
    wanted = written[0].tolist()
    for mine, row in zip(found, wanted, strict=True):
        there = [int(token) for token in mine]
        assert there == row[: len(there)]
        assert set(row[len(there) :]) <= {made.settings["pad"]}
    assert len({tuple(row) for row in wanted}) > 1


def test_random_choices_are_among_the_likeliest(tmp_path: Path) -> None:
    generation = Generation(max_new_tokens=7, temperature=0.7, top_k=3, top_p=0.85)
    predictor = predictor_of("causal-language-modelling", generation=generation)
    batch = predictor.batch([{"text": "good film"}])
    net: Any = predictor.model.backbone
    made = writing_of(net.net, lambda: predictor.task.predictions(predictor.model, batch), 0)
    assert made.settings["random"] == {"temperature": 0.7, "top_k": 3, "top_p": 0.85}
    assert "drawn at random" in made.notes[0]
    script = script_of(tmp_path, made.settings, made.sections)
    scores = np.log(np.array([[0.5, 0.3, 0.15, 0.05]], dtype=np.float32))
    found = [int(script.drawn(scores, np.random.default_rng(seed))[0]) for seed in range(60)]
    assert set(found) == {0, 1}  # of three, two have 0.85 of the chances
    assert found.count(0) > found.count(1)
