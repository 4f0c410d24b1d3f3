"""The rules: a table, and a page for each."""
