"""Messages between two processes: what goes in comes out."""

from __future__ import annotations

import io

import numpy as np
import pytest

from ftcli.ship.parity.packing import receive, send


def test_a_message_comes_out_as_it_went_in() -> None:
    stream = io.BytesIO()
    message = {
        "call": "predict",
        "inputs": [{"text": "a", "n": np.float32(0.5)}, {"image": np.arange(6).reshape(2, 3)}],
    }
    send(stream, message)
    send(stream, {"value": None})
    stream.seek(0)
    found = receive(stream)
    assert found["call"] == "predict"
    assert found["inputs"][0] == {"text": "a", "n": 0.5}
    assert np.array_equal(found["inputs"][1]["image"], np.arange(6).reshape(2, 3))
    assert receive(stream) == {"value": None}
    with pytest.raises(EOFError):
        receive(stream)
