"""A finished run at work: its model in memory, its predictions and its figures."""
