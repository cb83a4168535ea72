"""`python predict.py FILE_OR_TEXT...` prints a line of JSON for each."""

from __future__ import annotations

import json
import sys
from typing import Any

from ftcli.ship.scripts.classes import answers
from ftcli.ship.scripts.images import batch
from ftcli.ship.scripts.network import network
from ftcli.ship.scripts.settings import SETTINGS


def predict(inputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """What is predicted for each of the raw inputs, such as {"image": "a.jpg"}, as rows."""
    tensors = batch(inputs)
    return answers(inputs, tensors, network(tensors))


def main() -> None:
    """Predict what the arguments are, one at a time."""
    for argument in sys.argv[1:]:
        for row in predict([{SETTINGS["input"]: argument}])[0]:
            print(
                json.dumps(
                    {"input": argument, **row}, ensure_ascii=False, default=lambda value: value.tolist()
                )
            )


if __name__ == "__main__":
    main()
