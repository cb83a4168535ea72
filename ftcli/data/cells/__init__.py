"""What the cells of tables mean: names of files, lists and several labels."""
