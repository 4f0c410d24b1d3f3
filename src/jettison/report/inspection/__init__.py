"""An image taken apart."""
