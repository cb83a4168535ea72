"""Speaks texts: `python predict.py "a text" [SPEAKER]` writes speech.wav."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import soundfile
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import pad
from transformers import (
    AutoTokenizer,
    SpeechT5FeatureExtractor,
    SpeechT5HifiGan,
    TextToAudioPipeline,
    pipeline,
)

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import load  # noqa: E402

SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
MODEL = load.network()
for weight in MODEL.parameters():
    # In a file they lie anywhere, for which there are other instructions: what these round otherwise grows in a sound.
    weight.data = weight.data.clone()
TOKENIZER = AutoTokenizer.from_pretrained(HERE, trust_remote_code=False)
EXTRACTOR = SpeechT5FeatureExtractor.from_pretrained(HERE)
# A row for each speaker.
VOICES = load_file(HERE / "voices.safetensors")["voices"]


def _vocoder() -> Any:
    """The network that makes sounds of spectrograms, or else a method that needs none."""
    if SETTINGS["vocoder"] is not None:
        return SpeechT5HifiGan.from_pretrained(HERE / SETTINGS["vocoder"]).eval()
    import griffin_lim

    made = griffin_lim.GriffinLim(EXTRACTOR)
    made.config = SimpleNamespace(sampling_rate=made.rate)
    return made


class Speaking(TextToAudioPipeline):
    """The pipeline, with the same dropout for the same text: the decoder of SpeechT5 always drops."""

    def _forward(self, model_inputs: Any, **options: Any) -> Any:
        torch.manual_seed(0)
        return super()._forward(model_inputs, **options)


PIPELINE: Any = pipeline(
    "text-to-audio", model=MODEL, tokenizer=TOKENIZER, vocoder=_vocoder(), pipeline_class=Speaking
)


@torch.inference_mode()
def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """Texts, the numbers of their speakers, and the true spectrograms, to what is predicted from the frames before.

    `input_ids` and `attention_mask` (B, U), `speaker` (B,), `spectrogram` (B, T, mels), padded with -100, to the
    spectrograms `before` and `after` the last layers, `stop` (B, T) and `attention` (B, T / step, U).
    """
    given = {name: torch.as_tensor(value) for name, value in inputs.items()}
    spectrogram, step = given["spectrogram"], MODEL.config.reduction_factor
    last = spectrogram[:, step - 1 :: step]
    last = last.masked_fill(last == -100.0, 0.0)
    torch.manual_seed(0)
    output = MODEL.speecht5(
        input_values=given["input_ids"],
        attention_mask=given["attention_mask"],
        decoder_input_values=pad(last[:, :-1], (0, 0, 1, 0)),
        speaker_embeddings=VOICES[given["speaker"]],
        use_cache=False,
        output_attentions=True,
        return_dict=True,
    )
    before, after, stop = MODEL.speech_decoder_postnet(output.last_hidden_state)
    attention: Tensor = torch.stack([*output.cross_attentions]).mean((0, 2))
    found = {"before": before, "after": after, "stop": stop, "attention": attention}
    return {name: value.numpy() for name, value in found.items()}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The sound, float32 (n,), of each {"text": ...}, in the voice of its "speaker" where there are several."""
    return [[{"audio": _spoken(one["text"], one.get("speaker"))}] for one in inputs]


def _spoken(text: str, speaker: str | None) -> Any:
    number = 0 if speaker is None or not SETTINGS["speakers"] else SETTINGS["speakers"].index(speaker.strip())
    given = {"speaker_embeddings": VOICES[number : number + 1]}
    cut = {"truncation": True, "max_length": SETTINGS["most"]}
    return PIPELINE(" ".join(text.split()), forward_params=given, preprocess_params=cut)["audio"]


if __name__ == "__main__":
    sound = _spoken(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
    soundfile.write("speech.wav", sound, PIPELINE.sampling_rate)
    print(json.dumps({"text": sys.argv[1], "file": "speech.wav"}))
