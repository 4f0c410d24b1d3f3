"""What runs in a container: commands, what they serve and what they write."""
