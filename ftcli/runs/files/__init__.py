"""The files of a run: how each is read and written."""
