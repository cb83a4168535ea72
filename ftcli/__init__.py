"""ftcli fine-tunes pre-trained models from one YAML file."""

__version__ = "0.1.0"
