"""Networks that write what is said leave the tool: CTC heads, and Whisper with a window of any length."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForSpeechSeq2Seq,
    WhisperFeatureExtractor,
    WhisperTokenizer,
    pipeline,
)

from ftcli.media.audio import read_sound
from ftcli.models.speech.characters import Characters
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.transcribers import TranscriberWriter, ctc_tokenizer
from ftcli.ship.whole import in_float32
from tests.running import Command
from tests.ship.huggingface.reading_back import check_reads_back
from tests.tiny import sounds
from tests.tiny import speech as tiny

CONFIG = """
task: speech-recognition
data:
  source: recordings
  pattern: "{number}_{speaker}_{index}.wav"
  target: number
  class_names: [low, high]
  test: index == 0
  val: index == 1
  batch_size: 4
optimizer: {lr: 5e-3}
training: {epochs: 2, device: cpu, precision: fp32, seed: 1}
output: run
"""
# Languages are in the order of Whisper's own list.
SPECIAL = ("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|zh|>", "<|de|>", "<|translate|>", "<|transcribe|>",
           "<|notimestamps|>")  # fmt: skip


@pytest.fixture
def recordings(workplace: Path) -> Path:
    sounds.named_files(workplace / "recordings", per_class=4)
    torch.manual_seed(0)
    return workplace


def trained(ftcli: Command, model: str) -> Predictor:
    Path("run.yaml").write_text(f"{CONFIG}model: {model}\n")
    ftcli.ok("train", "run.yaml")
    return Predictor.open("run")


def heard(file: Path) -> str:
    """The text of a sound by the pipeline of transformers itself."""
    listening: Any = pipeline("automatic-speech-recognition", model="hf")
    raw = read_sound(file, 16_000).numpy()
    return str(listening({"raw": raw, "sampling_rate": 16_000})["text"]).strip()


def test_a_short_window_is_in_the_configuration_and_cut_alike(ftcli: Command, recordings: Path) -> None:
    """Compared with the run on all rows in a process without ftcli, by `export` itself."""
    tiny.whisper(recordings / "whisper")
    trained(ftcli, "whisper")
    document = json.loads(ftcli.ok("export", "run", "hf", "--json"))["exports"][0]
    assert document["parity"]["largest"] == 0
    assert document["parity"]["same_answers"] == document["parity"]["rows"] > 0
    assert "takes windows of whole seconds, and this one has 0.5" in document["notes"][0]
    folder = recordings / "run/export/hf"
    assert json.loads((folder / "config.json").read_text())["max_source_positions"] == 25
    assert WhisperFeatureExtractor.from_pretrained(folder).chunk_length == 0.5
    check_reads_back(recordings / "run", folder, "transcriber", "audio")


def test_the_likeliest_characters_are_written_by_the_pipeline(ftcli: Command, recordings: Path) -> None:
    tiny.spelling(recordings / "ear")
    predictor = trained(ftcli, "ear")
    (recordings / "hf").mkdir()
    TranscriberWriter().pipeline(in_float32(predictor), recordings / "hf")
    file = next((recordings / "recordings").iterdir())
    assert heard(file) == predictor.predict([{"audio": file}])[0].label
    check_reads_back(recordings / "run", recordings / "hf", "transcriber", "audio", ["low", "high"])


def test_classes_become_the_vocabulary_of_a_tokenizer(tmp_path: Path) -> None:
    known = Characters(("", "A", " ", "B", ""), blank=0, folded="upper")
    tokenizer = ctc_tokenizer(known, tmp_path)
    for classes in ([1, 1, 0, 1, 2, 3], [2, 1, 2], [0, 0]):
        assert tokenizer.decode(classes) == known.decode(classes)
    bars = Characters(("", "|", " ", "B"))
    assert ctc_tokenizer(bars, tmp_path).decode([1, 2, 3]) == "| B"


def test_whispers_own_generate_begins_with_the_same_tokens(ftcli: Command, recordings: Path) -> None:
    whisper(recordings / "whisper")
    predictor = trained(ftcli, "{backbone: whisper, source_language: de}")
    (recordings / "hf").mkdir()
    notes = TranscriberWriter().pipeline(in_float32(predictor), recordings / "hf")
    assert notes == []
    file = next((recordings / "recordings").iterdir())
    assert heard(file) == predictor.predict([{"audio": file}])[0].label
    model = AutoModelForSpeechSeq2Seq.from_pretrained("hf")
    assert (model.generation_config.language, model.generation_config.task) == ("<|de|>", "transcribe")


def whisper(folder: Path) -> None:
    """A tiny Whisper with a window of one second and a tokenizer of its own kind, whose tokens are bytes."""
    import transformers as hf

    vocabulary = {token: index for index, token in enumerate(["Ġ", *string.ascii_lowercase, *SPECIAL])}
    tokenizer = WhisperTokenizer(vocab=vocabulary, merges=[], unk_token="<|endoftext|>")
    tokenizer.add_special_tokens({"additional_special_tokens": list(SPECIAL[1:])})
    config = hf.WhisperConfig(
        vocab_size=len(vocabulary), num_mel_bins=16, d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16,
        max_source_positions=50, max_target_positions=24, pad_token_id=27, bos_token_id=27, eos_token_id=27,
        decoder_start_token_id=28, suppress_tokens=None, begin_suppress_tokens=None,
    )  # fmt: skip
    for part in (
        hf.WhisperForConditionalGeneration(config),
        hf.WhisperFeatureExtractor(feature_size=16),
        tokenizer,
    ):
        part.save_pretrained(folder)
