"""What Go keeps where."""
