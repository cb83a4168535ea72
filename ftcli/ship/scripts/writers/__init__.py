"""Sections of scripts that write texts: how tokens become texts, and texts become longer."""
