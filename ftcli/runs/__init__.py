"""Where everything meets: an experiment becomes a session, a session fills a run directory."""
