"""Folders with a folder for each class: which folders are classes, and which are splits."""
