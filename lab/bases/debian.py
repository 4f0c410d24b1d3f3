"""`debian:bookworm-slim`: Debian 12's required packages and apt, without documentation."""

from lab.bases.recipe import PATH, Made
from lab.images import Settings
from lab.layers import Layer
from lab.workshop import Workshop

HISTORY = "# debian bookworm, required packages and apt, slim"


def layer(workshop: Workshop) -> Layer:
    """The layer that every image on Debian begins with."""
    return workshop.shared_layer("debian", lambda: workshop.root)


def make(workshop: Workshop) -> Made:
    """Make the image."""
    settings = Settings(environment={"PATH": PATH}, command=("bash",))
    return Made(((layer(workshop), HISTORY),), settings)
