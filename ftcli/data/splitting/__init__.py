"""From what a source holds to the splits."""
