"""Sounds as the network was trained on them: one channel, at its rate, perhaps cut."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
import torch
from torch import Tensor


def prepared(audio: Any, settings: dict[str, Any]) -> np.ndarray[Any, Any]:
    """A file or bytes as float32 (samples,); `settings` has rate, longest and shortest."""
    content = audio if isinstance(audio, bytes) else Path(audio).read_bytes()
    with soundfile.SoundFile(io.BytesIO(content)) as file:
        longest, own = settings["longest"], file.samplerate
        wanted = file.frames if longest is None else min(file.frames, math.ceil(longest * own))
        samples = file.read(wanted, dtype="float32", always_2d=True).mean(1, dtype=np.float32)
    if own != settings["rate"]:
        made = soxr.resample(samples, own, settings["rate"], quality="HQ")
        samples = made if len(made) else samples[:1]
    return np.pad(samples, (0, max(0, settings["shortest"] - len(samples))))


def outputs(model: Any, inputs: dict[str, Any]) -> Tensor:
    """Logits for `values` (B, T, ...), of which `lengths` (B,) are sound."""
    values, lengths = torch.as_tensor(inputs["values"]), torch.as_tensor(inputs["lengths"])
    options: dict[str, Any] = {model.main_input_name: values}
    if getattr(model.config, "takes_lengths", False):
        options["lengths"] = lengths
    else:
        options["attention_mask"] = (torch.arange(values.shape[1]) < lengths.unsqueeze(1)).long()
    found: Tensor = model(**options).logits
    return found
