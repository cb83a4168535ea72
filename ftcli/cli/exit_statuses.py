"""The statuses with which every command ends; `errors` has them as constants."""

from __future__ import annotations

from ftcli.errors import BUG, FAILED, LEFT_OUT, MISTAKE, SIGNAL

MEANINGS = {
    "0": "done",
    str(BUG): "a bug of ftcli, with a traceback",
    str(MISTAKE): "a mistake in what was given; the message is a text on standard error, under --json, too",
    str(LEFT_OUT): "done, but something was left out, --strict found something, or a run gave other bits",
    str(FAILED): "a check failed: an export does not answer as its run does, or a run is not reproduced",
    f"{SIGNAL} + n": f"ended by signal n: {SIGNAL + 2} after Ctrl-C, {SIGNAL + 15} after SIGTERM",
}
EPILOG = "Exit statuses: " + "; ".join(f"{status} {meaning}" for status, meaning in MEANINGS.items()) + "."
