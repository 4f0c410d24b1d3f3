"""One report in several renderings: terminal, Markdown, JSON.

Nothing is imported here: each command pays for the renderings that it shows.
"""
