"""Writes what is said in sounds: `python predict.py a.wav b.flac`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoFeatureExtractor,
    AutomaticSpeechRecognitionPipeline,
    AutoTokenizer,
    GenerationMixin,
    pipeline,
)

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import load  # noqa: E402
import sounds  # noqa: E402

SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
SOUND = SETTINGS["sound"]
MODEL = load.network()
TOKENIZER = AutoTokenizer.from_pretrained(HERE, trust_remote_code=False)
EXTRACTOR = AutoFeatureExtractor.from_pretrained(HERE, trust_remote_code=False)


class Transcription(AutomaticSpeechRecognitionPipeline):
    """The pipeline, for a Whisper with a window of any length and a tokenizer of any kind."""

    def preprocess(self, inputs: dict[str, Any], **options: Any) -> Any:
        """The spectrogram of a sound that is cut already, padded to the window."""
        whole = {"max_length": SOUND["window"], "padding": "max_length", "truncation": True}
        made = EXTRACTOR(inputs["raw"], sampling_rate=SOUND["rate"], return_tensors="pt", **whole)
        yield {"is_last": True, "input_features": made["input_features"]}

    def _forward(self, model_inputs: Any, **options: Any) -> Any:
        values = model_inputs["input_features"]
        prompt = torch.tensor([SETTINGS["prompt"]]).expand(len(values), -1)
        torch.manual_seed(SETTINGS["seed"])
        # Whisper's own `generate` is for long sounds, and decides on much by itself.
        written = GenerationMixin.generate(MODEL, values, decoder_input_ids=prompt)
        return {"is_last": True, "tokens": written[:, prompt.shape[1] :]}

    def postprocess(self, model_outputs: Any, **options: Any) -> dict[str, str]:
        """The text of the tokens."""
        return {"text": TOKENIZER.decode(model_outputs[0]["tokens"][0], skip_special_tokens=True)}


KIND = Transcription if "prompt" in SETTINGS else AutomaticSpeechRecognitionPipeline
PIPELINE: Any = pipeline(
    SETTINGS["pipeline"], model=MODEL, tokenizer=TOKENIZER, feature_extractor=EXTRACTOR, pipeline_class=KIND
)


@torch.inference_mode()
def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """`values` (B, ...) of which `lengths` (B,) are sound, to what the network gives.

    With `decoder_input_ids` (B, U): `outputs`, the logits (B, U, V) of the tokens after these. Else, by CTC: the logits
    (B, frames, V), called "0", and how many frames of each count, "1".
    """
    given = {name: torch.as_tensor(value) for name, value in inputs.items()}
    values, lengths = given["values"], given["lengths"]
    options: dict[str, Any] = {MODEL.main_input_name: values}
    if "decoder_input_ids" in given:
        return {"outputs": MODEL(**options, decoder_input_ids=given["decoder_input_ids"]).logits.numpy()}
    if SOUND["masks"]:
        options["attention_mask"] = (torch.arange(values.shape[1]) < lengths.unsqueeze(1)).long()
    logits = MODEL(**options).logits
    count = getattr(MODEL, "_get_feat_extract_output_lengths", None)
    shares = (lengths * logits.shape[1] / values.shape[1]).ceil().long()
    frames = (shares if count is None else count(lengths)).clamp(1, logits.shape[1])
    return {"0": logits.numpy(), "1": frames.numpy()}


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The text of each {"audio": a file or bytes}. It is read here, as the pipeline itself needs the program ffmpeg."""
    found = []
    for one in inputs:
        samples = sounds.prepared(one["audio"], SOUND)
        made = PIPELINE({"raw": samples, "sampling_rate": SOUND["rate"]})
        found.append([{"label": made["text"].strip()}])
    return found


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(json.dumps({"audio": name, "rows": predict([{"audio": name}])[0]}, ensure_ascii=False))
