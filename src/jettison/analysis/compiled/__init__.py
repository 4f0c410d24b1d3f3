"""Services that are compiled: what their build makes, and what they need of it and of the context.

A language is a ``model.Language``; ``languages.LANGUAGES`` has all.
"""
