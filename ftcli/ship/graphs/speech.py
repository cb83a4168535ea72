"""Networks that write what is said as graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.errors import ExportError
from ftcli.models.pretrained.preprocessing import save_tokenizer
from ftcli.models.speech.ctc import CTCNetwork
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.graphs.generation import WITHOUT_CACHE, writing_of
from ftcli.ship.graphs.graph import WHOLE, Graph, Part
from ftcli.ship.graphs.halves import Decoder, SoundEncoder
from ftcli.ship.graphs.inputs import preprocess_of, raw_input


def transcriber_graph(predictor: Predictor) -> Graph:
    """That of a network with a CTC head, or of one with a decoder."""
    if isinstance(predictor.model.backbone, CTCNetwork):
        return CTCGraph(predictor)
    return TranscriberGraph(predictor)


class CTCGraph:
    """Sounds and their lengths to logits of the characters of frames, and how many frames count."""

    notes: Sequence[str] = ()

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._input = raw_input(predictor)
        self.needs = self._input.needs
        self.sections = ("settings", *self._input.sections, "writers.spelling", "writers.arguments")

    def parts(self) -> Sequence[Part]:
        """The whole network."""
        batch = self._predictor.batch([*self._predictor.task.samples()])
        module: Any = self._predictor.model.backbone
        axes = {"values": {0: "batch", 1: "length"}, "lengths": {0: "batch"}}
        return [Part(WHOLE, _Frames(module), batch.inputs, axes, ("logits", "frames"))]

    def settings(self, folder: Path) -> Mapping[str, Any]:
        """See `Graph.settings`."""
        characters = asdict(preprocess_of(self._predictor).characters)
        return {"input": "audio", "audio": self._input.settings(folder), "characters": characters}


class TranscriberGraph:
    """Spectrograms to hidden states, and these with the tokens so far to logits of the next ones."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._input = raw_input(predictor)
        self._net: Any = predictor.model.backbone.net
        self._made = self._writing()
        self.notes = [*self._made.notes, WITHOUT_CACHE]
        self.needs = self._input.needs
        reading = ("slow_tokenizer", "writers.slow_tokens", *self._input.sections)
        self.sections = (
            "settings",
            *reading,
            *self._made.sections,
            "writers.transcribing",
            "writers.arguments",
        )

    def _writing(self) -> Any:
        predictor = self._predictor
        example, _ = predictor.task.samples()
        batch, seed = predictor.batch([example]), predictor.experiment.training.seed
        return writing_of(self._net, lambda: predictor.task.predictions(predictor.model, batch), seed)

    def parts(self) -> Sequence[Part]:
        """The encoder and the decoder."""
        values = self._predictor.batch([*self._predictor.task.samples()]).inputs["values"]
        encoder, decoder = SoundEncoder(self._net), Decoder(self._net)
        with torch.no_grad():
            hidden = encoder.eval()(values)
        given = {"hidden": hidden, "decoder_input_ids": torch.arange(6).reshape(2, 3)}
        axes = {"hidden": {0: "batch"}, "decoder_input_ids": {0: "batch", 1: "written"}}
        return [
            Part("encoder", encoder, {"values": values}, {"values": {0: "batch"}}),
            Part("decoder", decoder, given, axes),
        ]

    def settings(self, folder: Path) -> Mapping[str, Any]:
        """See `Graph.settings`."""
        processor = preprocess_of(self._predictor)
        save_tokenizer(processor.tokenizer, folder)
        return {
            "input": "audio",
            "audio": self._input.settings(folder),
            "text": {"joined": bool(processor.tokenizer.clean_up_tokenization_spaces)},
            "start": list(processor.prompt),
            "generation": self._made.settings,
        }


class _Frames(nn.Module):
    """What a network with a CTC head gives, by name."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, values: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        """See the class."""
        logits, frames = self.net(values, lengths)
        return {"logits": logits, "frames": frames}


def synthesizer_graph(predictor: Predictor) -> Graph:
    """Raises `ExportError`: SpeechT5 cannot leave PyTorch."""
    raise ExportError(
        "SpeechT5SpeechDecoderPrenet: the dropout of this network is never switched off, and its random numbers are "
        "PyTorch's own, which no graph gives. The format hf has this network"
    )
