"""Tar streams read and written without loss, entry by entry."""
