"""`python -m ftcli` is the same command as `ftcli`."""

from ftcli.cli.app import main

if __name__ == "__main__":
    main()
