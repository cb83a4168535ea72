"""Which settings: `ftcli tune`."""
