"""Whether an exported folder answers as the run does: on all rows, in a process of its own, without ftcli."""
