"""The table of defaults: a value for every key that is left out, with its reason."""
