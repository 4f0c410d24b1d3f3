"""What a project has for development and for production."""
