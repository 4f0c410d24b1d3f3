"""System packages: what they are for, and what stays of them."""
