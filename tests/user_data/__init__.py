"""What users bring, and what comes of it."""
