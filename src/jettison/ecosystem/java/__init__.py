"""What Java keeps where."""
