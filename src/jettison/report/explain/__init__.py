"""A Dockerfile explained."""
