"""`ftcli reproduce`: whether a run gives the same again, from its receipt."""
