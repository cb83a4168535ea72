"""`python -m ftcli` is the same command as `ftcli`."""

from ftcli.cli import main

if __name__ == "__main__":
    main()
