"""The parts of the page: each makes HTML of runs, or nothing where they have nothing for it."""
