"""The exact linear probe that a training starts from."""
