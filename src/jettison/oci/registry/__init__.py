"""Images in a registry, over HTTP.

Imported by itself, not with :mod:`jettison.oci`, because of what it imports: only who asks a
registry pays for it.
"""

from jettison.oci.registry.client import RegistryClient, RegistrySettings

__all__ = ["RegistryClient", "RegistrySettings"]
