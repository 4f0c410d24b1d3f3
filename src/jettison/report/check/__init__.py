"""Findings for a person, a program, GitHub and whatever reads SARIF."""
