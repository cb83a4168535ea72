"""Networks that take or give speech."""
