"""What to decide before hours are spent: which model, which settings, what it costs."""
