"""Networks that give maps of classes."""
