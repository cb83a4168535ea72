"""What cells of tables mean."""
