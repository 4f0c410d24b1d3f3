"""What a Python image installs and what of it its code needs."""
