"""The lab: a real engine, a local registry and base images, also where no image registry is."""
