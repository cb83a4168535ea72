"""The front door: commands, and what they show."""
