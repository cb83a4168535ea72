"""Networks that read and write texts as graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.graphs.generation import WITHOUT_CACHE, Writing, writing_of
from ftcli.ship.graphs.graph import WHOLE, Part
from ftcli.ship.graphs.halves import Decoder, TextEncoder
from ftcli.ship.graphs.inputs import raw_input
from ftcli.tasks.inputs.causal_texts import BREAK
from ftcli.tasks.inputs.chat_texts import ChatTexts

TOKENS = {"input_ids": {0: "batch", 1: "length"}, "attention_mask": {0: "batch", 1: "length"}}
SLOW = "slow_tokenizer"


class _LanguageGraph:
    """What graphs of networks that read texts have in common: a `Graph` but for its parts."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._task: Any = predictor.task
        self._net: Any = predictor.model.backbone
        self._input = raw_input(predictor)
        self.needs: Sequence[str] = self._input.needs
        self.notes: Sequence[str] = ()
        reader = self._input.sections[0]
        self._tokens = "writers.slow_tokens" if reader == SLOW else "writers.tokens"

    def settings(self, folder: Path) -> Mapping[str, Any]:
        """See `Graph.settings`."""
        tokenizer: Any = self._task.reader.tokenizer
        joined = bool(tokenizer.clean_up_tokenization_spaces)
        return {"input": "text", "text": {**self._input.settings(folder), "joined": joined}}

    def _writing(self) -> Writing:
        """How it writes, by a call that ends where the settings are known."""
        predictor, (example, _) = self._predictor, self._task.samples()
        batch, seed = predictor.batch([example]), predictor.experiment.training.seed
        return writing_of(self._net.net, lambda: self._task.predictions(predictor.model, batch), seed)

    def _example(self, rows: int = 2, length: int = 7) -> dict[str, Tensor]:
        """Token ids, of which the last row has fewer."""
        ids = torch.arange(rows * length).reshape(rows, length) % len(self._task.reader.tokenizer)
        mask = torch.ones_like(ids)
        mask[-1, :3] = 0
        left = self._task.reader.tokenizer.padding_side == "left"
        return {"input_ids": ids, "attention_mask": mask if left else mask.flip(1)}


class CausalGraph(_LanguageGraph):
    """Tokens and their mask to logits of the next ones."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__(predictor)
        self._made = self._writing()
        self.notes = [*self._made.notes, WITHOUT_CACHE]
        self._chat = isinstance(self._task.reader, ChatTexts)
        reading = (SLOW, "padding", "writers.slow_tokens", "writers.chats") if self._chat else self._plain()
        self.needs = ("transformers", "jinja2") if self._chat else self.needs
        self.sections = (
            "settings",
            *reading,
            *self._made.sections,
            "writers.continuing",
            "writers.arguments",
        )

    def _plain(self) -> tuple[str, ...]:
        reader, *_ = self._input.sections
        return (reader, "padding", self._tokens, "writers.prompts")

    def parts(self) -> Sequence[Part]:
        """The whole network."""
        return [Part(WHOLE, self._net, self._example(), TOKENS)]

    def settings(self, folder: Path) -> Mapping[str, Any]:
        """See `Graph.settings`."""
        reader = self._task.reader
        prompt = {"most": reader.max_length - reader.room, "end": reader.end}
        prompt |= {"break": BREAK if reader.prompted else ""}
        prompt |= {"system": reader.template.takes_system} if self._chat else {}
        return {**super().settings(folder), "prompt": prompt, "generation": self._made.settings}


class MaskedGraph(_LanguageGraph):
    """Tokens and their mask to logits of each place."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__(predictor)
        self.sections = (
            "settings",
            *self._input.sections,
            self._tokens,
            "softmax",
            "writers.gaps",
            "arguments",
        )

    def parts(self) -> Sequence[Part]:
        """The whole network."""
        return [Part(WHOLE, self._net, self._example(), TOKENS)]

    def settings(self, folder: Path) -> Mapping[str, Any]:
        """See `Graph.settings`."""
        reader = self._task.reader
        return {**super().settings(folder), "mask": reader.mask, "gap": reader.tokenizer.mask_token}


class Seq2SeqGraph(_LanguageGraph):
    """Tokens to hidden states, and these with the tokens so far to logits of the next ones."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__(predictor)
        self._made = self._writing()
        self.notes = [*self._made.notes, WITHOUT_CACHE]
        reading = (*self._input.sections, self._tokens)
        self.sections = ("settings", *reading, *self._made.sections, "writers.writing", "writers.arguments")

    def parts(self) -> Sequence[Part]:
        """The encoder and the decoder."""
        tokens = self._example()
        encoder, decoder = TextEncoder(self._net.net), Decoder(self._net.net)
        with torch.no_grad():
            hidden = encoder.eval()(**tokens)
        written = torch.arange(6).reshape(2, 3)
        given = {
            "hidden": hidden,
            "attention_mask": tokens["attention_mask"],
            "decoder_input_ids": written,
        }
        axes = {"hidden": TOKENS["input_ids"], "attention_mask": TOKENS["attention_mask"]}
        return [
            Part("encoder", encoder, tokens, TOKENS),
            Part("decoder", decoder, given, {**axes, "decoder_input_ids": {0: "batch", 1: "written"}}),
        ]

    def settings(self, folder: Path) -> Mapping[str, Any]:
        """See `Graph.settings`."""
        more = {"prefix": self._task.prefix, "start": [self._made.start], "generation": self._made.settings}
        return {**super().settings(folder), **more}
