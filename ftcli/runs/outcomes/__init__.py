"""What became of each scored example: the files that say so, and the pictures of the worst."""
