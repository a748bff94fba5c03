"""Two faces through one net, drawn: photos → the same box twice → numbers → a distance.

The drawing is in `twins.js`; it asks for another face through the callback.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

import numpy as np
import streamlit as st

from pages.ui.component import component
from pages.ui.facemap.sprites import Sprites
from pages.ui.photo import Photo
from pages.ui.pictures import uri
from pages.ui.reading import Reading, heights
from pages.ui.text import spoken
from siamese.faces import FaceSet


def twins(
    faces: FaceSet,
    a: Photo,
    b: Photo,
    *,
    unseen: Collection[str],
    reading: Reading | None,
    told: Sequence[str],
    choose: Callable[[Literal["a", "b"], str], None],
    key: str,
) -> None:
    """Draw the pair; without a reading the net is shown waiting.

    `told` are paragraphs in plain words; the first is the headline.
    """
    portraits = Sprites.of(faces.pictures[np.searchsorted(faces.labels, range(len(faces.people)))])
    portraits.mount()

    def chosen() -> None:
        wish = st.session_state[key].chosen
        if isinstance(wish, dict) and wish.get("side") in ("a", "b"):
            choose(wish["side"], str(wish.get("face")))

    component(__file__)(
        key=key,
        data={
            "a": _sent(faces, a),
            "b": _sent(faces, b),
            "people": [
                {"person": name, "name": spoken(name), "unseen": name in unseen}
                for name in faces.people
            ],
            "sprites": portraits.digest,
            "numbers": len(reading.a) if reading else 64,
            "told": list(told),
            "side": reading and ("same" if reading.below else "different"),
            "reading": reading
            and {
                "a": reading.a.round(4).tolist(),
                "b": reading.b.round(4).tolist(),
                "distance": reading.distance,
                "threshold": reading.threshold,
                "reach": reading.reach,
                "same": heights(reading.same),
                "different": heights(reading.different),
            },
        },
        on_chosen_change=chosen,
    )


def _sent(faces: FaceSet, photo: Photo) -> dict[str, Any]:
    image = uri(faces.pictures[photo.index], "WEBP", quality=88)
    return {**photo.__dict__, "id": photo.id, "image": image}
