"""One module a rule; each is its own documentation page."""
