"""A quote for every day."""
