"""The command line: one file a command, and what is shown on the terminal."""
