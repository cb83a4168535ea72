"""One file a command: its arguments, and what it does. Heavy rooms are imported within, so that `--help` is fast."""
