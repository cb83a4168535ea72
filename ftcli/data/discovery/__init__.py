"""What a folder or a table holds, for `ftcli init`."""
