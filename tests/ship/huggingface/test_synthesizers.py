"""A network that speaks leaves the tool with its voices, and with what makes sounds of its spectrograms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import SpeechT5HifiGan

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.synthesizers import SynthesizerWriter
from ftcli.ship.whole import in_float32
from tests.running import Command
from tests.ship.huggingface.reading_back import check_reads_back
from tests.tiny import sounds
from tests.tiny import speech as tiny

CONFIG = """
task: speech-synthesis
data:
  source: recordings
  pattern: "{number}_{speaker}_{index}.wav"
  text: number
  speaker: speaker
  class_names: [low, high]
  val: index == 1
  batch_size: 4
training: {epochs: 1, device: cpu, precision: fp32, seed: 1}
output: run
"""


def test_the_sounds_are_those_of_the_run(ftcli: Command, workplace: Path) -> None:
    """Compared with the run on all rows in a process without ftcli, by `export` itself."""
    sounds.named_files(workplace / "recordings", per_class=3)
    torch.manual_seed(0)
    tiny.speecht5(workplace / "speecht5")
    (workplace / "run.yaml").write_text(CONFIG + "model: speecht5\n")
    ftcli.ok("train", "run.yaml")
    document = json.loads(ftcli.ok("export", "run", "hf", "--json"))["exports"][0]
    assert document["parity"]["largest"] <= 1e-6
    assert document["parity"]["same_answers"] == document["parity"]["rows"] > 0
    assert "griffin_lim.py" in document["files"]
    model: Any = Predictor.open("run").model
    voices = load_file(workplace / "run/export/hf/voices.safetensors")["voices"]
    assert torch.equal(voices, model.speakers.weight)
    check_reads_back(workplace / "run", workplace / "run/export/hf", "synthesizer", "text")
    # A network for the last step goes with it.
    vocoder = tiny.hifigan(workplace / "vocoder-of-mine")
    ftcli.ok("train", "run.yaml", f"model.vocoder={vocoder}", "output=other")
    (workplace / "hf").mkdir()
    SynthesizerWriter().pipeline(in_float32(Predictor.open("other")), workplace / "hf")
    made = SpeechT5HifiGan.from_pretrained(workplace / "hf/vocoder").state_dict()
    wanted = SpeechT5HifiGan.from_pretrained(vocoder).state_dict()
    assert all(torch.equal(made[name], wanted[name]) for name in wanted)
    files = [file for file in (workplace / "hf").rglob("*") if file.is_file()]
    assert not [file.name for file in files if str(workplace).encode() in file.read_bytes()]
