"""Keys whose values are found by measuring, before a training begins."""
