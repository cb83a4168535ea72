"""Boxes and masks, and the files that hold them."""
