"""What names of files, folders and classes mean."""
