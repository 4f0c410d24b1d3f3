"""The base images that the lab can stand in for, one recipe per file."""
