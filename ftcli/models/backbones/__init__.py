"""Networks that give features."""
