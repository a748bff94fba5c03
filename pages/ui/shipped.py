"""The nets that come with the lab: *small*, trained on the built-in people, *starter*, trained on
photos of thousands of real ones, both made by our own command; and the industrial one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.session import session
from siamese.sharing import Once, digest

if TYPE_CHECKING:  # torch takes seconds to import, and the page is to stand before
    from siamese.checkpoints import Checkpoint
    from siamese.explanation import Occlusion
    from siamese.verifiers import Verifier

ABOUT = {
    "small": "Small, trained for minutes on the built-in people; it comes with the lab.",
    "starter": "Trained on photos of thousands of real people (LFW); it comes with the lab. Its "
    "distances are relative to how near strangers come to either face.",
}
TITLES = {"small": "Shipped net", "starter": "Starter net"}


def occluded(verifier: Verifier, a: NDArray[np.uint8], b: NDArray[np.uint8]) -> Occlusion:
    """Which places of two faces (H, W, 3) carry their distance. The pictures may be personal: see
    `Session.recall` for who keeps it."""
    from siamese.explanation import occlusion

    def cover() -> Occlusion:
        with st.spinner("Covering place after place …"):
            return occlusion(verifier, a, b)

    return session().recall("occlusion", (verifier, digest(a), digest(b)), cover)


def net(name: str = "small") -> Verifier:
    """A shipped net, fetched once for this server. The first call imports torch: some seconds."""
    return _fetched(name)


@Once
def _fetched(name: str) -> Verifier:
    from siamese.verifiers import of_checkpoint

    return of_checkpoint(file(name), TITLES[name], ABOUT[name])


@Once
def industrial() -> Verifier:
    """SFace, once for this server; `siamese.reference.available` says whether there is one."""
    from siamese.reference import reference

    return reference()


@Once
def file(name: str = "small") -> Checkpoint:
    """All that the model file of a shipped net holds."""
    from siamese.checkpoints import load, shipped

    return load(shipped(name))


def ready() -> bool:
    """True once `net` answers at once: torch is here."""
    return len(_fetched) > 0
