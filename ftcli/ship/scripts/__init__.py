"""The sections that predict.py of an export is made of: `ftcli.ship.assembling` puts them into one file.

Each is a file that runs without ftcli. A name of another section is imported from it, and these imports are left out in
the one file.
"""
