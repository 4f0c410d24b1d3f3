"""What a built image says of itself."""

from jettison.trial.evidence.beside import read_beside
from jettison.trial.evidence.image import image_evidence, read_evidence

__all__ = ["image_evidence", "read_beside", "read_evidence"]
