"""Language models that leave the tool: what transformers writes with them is what the run writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    pipeline,
)

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.language import LanguageWriter
from ftcli.ship.whole import in_float32
from tests.running import Command
from tests.ship.huggingface.reading_back import check_reads_back
from tests.tiny import data as tiny_data
from tests.tiny import language_models, models
from tests.tiny.prose import lines

REST = "\noptimizer: {lr: 5e-3}\ntraining: {epochs: 1, device: cpu, precision: fp32}\noutput: run\n"
STORIES = """
task: causal-language-modelling
data: {train: tales.txt, val: 0.25, max_length: 16, batch_size: 4}
model: gpt2
generation: {max_new_tokens: 4, temperature: 0.8, top_p: 0.9}
"""
CHATS = """
task: causal-language-modelling
data: {train: answers.jsonl, text: messages, val: 0.25, max_length: 64, batch_size: 4}
model: llama
generation: {max_new_tokens: 5}
"""
MASKED = """
task: masked-language-modelling
data: {train: tales.txt, val: 0.25, max_length: 16, batch_size: 4}
model:
  backbone: bert
  config: {hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 48}
  tokenizer: {kind: wordpiece, vocab_size: 120, lowercase: true}
"""
SUMMARIES = """
task: summarization
data: {train: questions.jsonl, text: question, target: answer, prefix: "short: ", val: 0.25, batch_size: 4}
model: t5
generation: {beams: 3, max_new_tokens: 6}
"""


@pytest.fixture
def tales(workplace: Path) -> Path:
    torch.manual_seed(0)
    lines(workplace / "tales.txt")
    models.gpt2(workplace / "gpt2")
    language_models.llama(workplace / "llama")
    models.t5(workplace / "t5")
    pairs = [(f"what is {n} ?", f"it is {n % 3}") for n in range(16)]
    tiny_data.jsonl(workplace / "questions.jsonl", [{"question": q, "answer": a} for q, a in pairs])
    chats = [
        [
            {"role": "system", "content": "be good"},
            {"role": "user", "content": q},
            {"role": "assistant", "content": a},
        ]
        for q, a in pairs
    ]
    tiny_data.jsonl(workplace / "answers.jsonl", [{"messages": chat} for chat in chats])
    return workplace


def written(ftcli: Command, folder: Path, config: str) -> Predictor:
    """A run of `config`, whose network is written to `folder`."""
    Path("run.yaml").write_text(config + REST)
    ftcli.ok("train", "run.yaml")
    folder.mkdir()
    predictor = Predictor.open("run")
    LanguageWriter().pipeline(in_float32(predictor), folder)
    return predictor


def test_stories_are_exported_with_their_random_choices(ftcli: Command, tales: Path) -> None:
    """Compared with the run on all rows in a process without ftcli, by `export` itself."""
    (tales / "run.yaml").write_text(STORIES + REST)
    ftcli.ok("train", "run.yaml")
    document = json.loads(ftcli.ok("export", "run", "hf", "--json"))["exports"][0]
    assert document["parity"]["largest"] == 0
    assert document["parity"]["same_answers"] == document["parity"]["rows"] == 6
    settings = json.loads((tales / "run/export/hf/generation_config.json").read_text())
    assert (settings["do_sample"], settings["temperature"], settings["max_new_tokens"]) == (True, 0.8, 4)
    assert not [
        file for file in (tales / "run/export/hf").iterdir() if str(tales).encode() in file.read_bytes()
    ]
    check_reads_back(tales / "run", tales / "run/export/hf", "causal", "text")


def test_chats_are_answered_by_the_pipeline(ftcli: Command, tales: Path) -> None:
    predictor = written(ftcli, tales / "hf", CHATS)
    model = AutoModelForCausalLM.from_pretrained("hf")
    answering: Any = pipeline("text-generation", model=model, tokenizer=AutoTokenizer.from_pretrained("hf"))
    chat = [{"role": "system", "content": "be good"}, {"role": "user", "content": "what is 3 ?"}]
    found = answering(chat, return_full_text=False)[0]["generated_text"]
    assert found == predictor.predict([{"text": chat}])[0].label
    assert (tales / "hf/chat_template.jinja").is_file()


def test_gaps_are_filled_by_the_pipeline(ftcli: Command, tales: Path) -> None:
    predictor = written(ftcli, tales / "hf", MASKED)
    model = AutoModelForMaskedLM.from_pretrained("hf")
    tokenizer = AutoTokenizer.from_pretrained("hf")
    filling: Any = pipeline("fill-mask", model=model, tokenizer=tokenizer, top_k=1)
    (found,) = filling("the [MASK] was good")
    (wanted,) = predictor.predict([{"text": "the [MASK] was good"}])
    assert found["sequence"] == wanted.label
    assert found["score"] == pytest.approx(wanted.probability, abs=1e-5)
    # The output layer has the weights of the embeddings, once in the file.
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight


def test_texts_are_written_as_generation_config_says(ftcli: Command, tales: Path) -> None:
    predictor = written(ftcli, tales / "hf", SUMMARIES)
    model = AutoModelForSeq2SeqLM.from_pretrained("hf")
    tokenizer = AutoTokenizer.from_pretrained("hf")
    assert (model.generation_config.num_beams, model.generation_config.max_new_tokens) == (3, 6)
    tokens = tokenizer("short: what is 4 ?", return_tensors="pt")
    made = model.generate(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"])
    found = tokenizer.decode(made[0], skip_special_tokens=True, clean_up_tokenization_spaces=False)
    assert found.strip() == predictor.predict([{"text": "what is 4 ?"}])[0].label
    check_reads_back(tales / "run", tales / "hf", "seq2seq", "text")
