"""Exports `hf` and `safetensors`: weights under the names of the library that the network is of, and what loads them.

Each form of network has a writer, see `writer.Writer`.
"""

from __future__ import annotations

from ftcli.registry import Registry

WRITERS = Registry(
    "form of network",
    {
        "vector": "ftcli.ship.huggingface.heads:HeadWriter",
        "tokens": "ftcli.ship.huggingface.heads:HeadWriter",
        "maps": "ftcli.ship.huggingface.heads:HeadWriter",
        "seq2seq": "ftcli.ship.huggingface.language:LanguageWriter",
        "causal": "ftcli.ship.huggingface.language:LanguageWriter",
        "masked": "ftcli.ship.huggingface.language:LanguageWriter",
        "transcriber": "ftcli.ship.huggingface.transcribers:TranscriberWriter",
        "synthesizer": "ftcli.ship.huggingface.synthesizers:SynthesizerWriter",
        "detector": "ftcli.ship.huggingface.detectors:DetectorWriter",
    },
)
