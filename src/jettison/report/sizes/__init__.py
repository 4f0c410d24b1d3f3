"""The images of a project's services before, after and now."""
