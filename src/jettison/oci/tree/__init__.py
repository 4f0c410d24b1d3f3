"""The merged file tree of an image, and the bytes that it does not show."""
