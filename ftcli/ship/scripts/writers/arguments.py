"""`python predict.py FILE_OR_TEXT...` prints a line of JSON for each row that is predicted."""

from __future__ import annotations

import json
import sys

from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.writers.continuing import predict


def main() -> None:
    """Predict what the arguments are, one at a time."""
    for argument in sys.argv[1:]:
        for row in predict([{SETTINGS["input"]: argument}])[0]:
            known = {"input": argument, **row}
            print(json.dumps(known, ensure_ascii=False, default=lambda value: value.tolist()))


if __name__ == "__main__":
    main()
