"""The receipt of a run: what it was made from, and what came out, so that `ftcli reproduce` can compare."""
