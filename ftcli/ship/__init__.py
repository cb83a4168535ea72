"""A trained model that leaves the tool: exports, a hub, a server."""
