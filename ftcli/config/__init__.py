"""The configuration: a YAML file as frozen dataclasses, its mistakes, its defaults. No torch here."""
