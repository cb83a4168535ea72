"""The halves of networks that write: what reads runs once for a text or a sound, what writes once for each token."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutput


class TextEncoder(nn.Module):
    """Token ids (B, T) and their mask to hidden states (B, T, width)."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.encoder = net.get_encoder()

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """See the class."""
        return cast(
            Tensor, self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        )


class SoundEncoder(nn.Module):
    """Spectrograms (B, mels, T) to hidden states (B, T / 2, width)."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.encoder = net.get_encoder()

    def forward(self, values: Tensor) -> Tensor:
        """See the class."""
        return cast(Tensor, self.encoder(values).last_hidden_state)


class Decoder(nn.Module):
    """Hidden states, the tokens so far (B, U), and of texts the mask (B, T), to logits (B, U, V)."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net

    def forward(
        self, hidden: Tensor, decoder_input_ids: Tensor, attention_mask: Tensor | None = None
    ) -> Tensor:
        """See the class."""
        given = {} if attention_mask is None else {"attention_mask": attention_mask}
        output = self.net(
            encoder_outputs=BaseModelOutput(last_hidden_state=hidden),
            decoder_input_ids=decoder_input_ids,
            use_cache=False,
            **given,
        )
        return cast(Tensor, output.logits)
