"""What was computed once, on disk."""
