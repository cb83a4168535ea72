"""Images with masks: where they are, which belongs to which, and what their values mean."""
