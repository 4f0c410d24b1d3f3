"""What Rust keeps where."""
