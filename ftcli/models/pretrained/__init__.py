"""Files of published networks."""
