"""What a Node image installs, and sites that a development server serves."""
