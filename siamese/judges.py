"""The name that `verifiers` had: programs outside this house go by it."""

from siamese.verifiers import Verifier as Judge
from siamese.verifiers import of_checkpoint, of_embedder, of_pixels, of_state

__all__ = ["Judge", "of_checkpoint", "of_embedder", "of_pixels", "of_state"]
