"""What is wrong or odd with data: copies, leaks, classes, files. No torch is imported here."""
