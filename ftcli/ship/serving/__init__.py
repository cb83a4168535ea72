"""A trained model behind HTTP: requests, micro-batches, a page, measures of both."""
