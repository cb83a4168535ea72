"""Sections of scripts that find boxes in images."""
