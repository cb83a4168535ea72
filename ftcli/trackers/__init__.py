"""Trackers by name: each replays the figures of a run into a tool that shows them."""
