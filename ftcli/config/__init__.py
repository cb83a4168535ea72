"""The YAML file as frozen dataclasses. No torch here."""
