"""The commands of `ftcli/studies`, one a file."""
