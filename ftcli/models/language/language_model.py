"""A language model of transformers with its head: it translates, continues a text, or fills masked tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from ftcli.errors import ModelError
from ftcli.models.backbones.pooling import takes_positions, token_positions
from ftcli.models.pretrained.networks import quiet

LanguageForm = Literal["seq2seq", "causal", "masked"]


class LanguageNetwork(nn.Module):
    """Token ids (B, T) and their mask to logits (B, T, V); of a seq2seq model those of `decoder_input_ids`."""

    def __init__(self, net: nn.Module, config: Any, form: LanguageForm) -> None:
        super().__init__()
        self.net = net
        self.config = config
        self.form = form
        self.numbers_positions = form == "causal" and takes_positions(net)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, counted: Tensor | None = None, **others: Tensor
    ) -> Tensor:
        """With `counted`, a bool (B, T) with N places that are true, only their logits: (N, V)."""
        if self.numbers_positions and "position_ids" not in others:
            others["position_ids"] = token_positions(attention_mask)
        if counted is None:
            output = self.net(input_ids=input_ids, attention_mask=attention_mask, **others)
            return cast(Tensor, output.logits)
        with self._only(counted):
            output = self.net(input_ids=input_ids, attention_mask=attention_mask, **others)
        logits: Tensor = output.logits
        return logits if logits.dim() == 2 else logits[counted]

    @contextmanager
    def _only(self, counted: Tensor) -> Iterator[None]:
        """Compute logits of the counted places alone, if the network calls its output layer on all of them."""

        def chosen(layer: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
            return (inputs[0][counted],) if inputs[0].shape[:2] == counted.shape else None

        layer = self.net.get_output_embeddings()  # type: ignore[operator]
        handle = layer.register_forward_pre_hook(chosen) if isinstance(layer, nn.Linear) else None
        try:
            yield
        finally:
            if handle is not None:
                handle.remove()

    def decoder_inputs(self, labels: Tensor) -> Tensor:
        """The inputs of a seq2seq decoder for `labels` (B, T; below 0 where ignored): the labels one step later.

        Raises `ModelError` if the configuration has no start token.
        """
        start = self.config.decoder_start_token_id
        if hasattr(self.net, "prepare_decoder_input_ids_from_labels") and (
            start is not None or self._wraps()
        ):
            return cast(Tensor, self.net.prepare_decoder_input_ids_from_labels(labels=labels))  # type: ignore[operator]
        if start is None:
            raise ModelError(f"the {self.config.model_type} does not say with which token its decoder starts")
        shifted = torch.cat([torch.full_like(labels[:, :1], start), labels[:, :-1]], dim=1)
        return shifted.masked_fill(shifted < 0, self.config.pad_token_id)

    def _wraps(self) -> bool:
        """Whether the decoder starts with the last token of the labels: mBART's end, or its code of the language."""
        return bool(self.config.model_type == "mbart")

    @torch.no_grad()
    def generate(self, input_ids: Tensor, attention_mask: Tensor, **options: Any) -> Tensor:
        """New token ids (B, at most `max_new_tokens`), without prompt and start; padding after the end of each.

        Padding of the inputs may be on either side. `options` are those of transformers' `generate`.
        """
        first = 1
        if self.form == "causal":
            input_ids, attention_mask = left_padded(input_ids, attention_mask)
            first = input_ids.shape[1]
        with quiet():
            found = self.net.generate(  # type: ignore[operator]
                input_ids=input_ids, attention_mask=attention_mask, **options
            )
        return cast(Tensor, found[:, first:])


def left_padded(ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Ids and mask (B, T) with all padding before the tokens: a decoder continues after the last token."""
    order = mask.argsort(dim=1, stable=True)
    return ids.gather(1, order), mask.gather(1, order)
