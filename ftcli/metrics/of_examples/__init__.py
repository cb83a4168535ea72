"""Scores of single examples, and figures of sums over resamples of them."""
