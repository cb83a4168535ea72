"""Candidates, what is known of each, and the answer that follows from it: pure functions, without torch."""
