"""Which net looks at which faces: the embedding spaces of the session."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import nets
from pages.ui.frame import page_link
from pages.ui.gallery import own_people
from pages.ui.inputs import one_of
from pages.ui.map.drawing import METHODS, Drawing, Drawn
from pages.ui.map.space import FaceSpace, Floats, Measured
from pages.ui.session import SAMPLE, sample_faces, session
from pages.ui.text import counted, plain
from siamese import neighbours
from siamese.faces import DataError, FaceSet
from siamese.rendering import Scene, sample_scene
from siamese.sharing import with_each

if TYPE_CHECKING:
    from siamese.jobs import Run
    from siamese.verifiers import Verifier

EVERYBODY, UNSEEN, BUILT_IN, OWN = "Seen and unseen", "Unseen only", "Built-in people", "My people"
NET = "map_net"  # key of a control, which another view moves
MOST = 5000  # points on a map
AT_ONCE = 64  # pictures embedded between two looks at the clock: the slowest net takes 3 s
KEPT = 6  # spaces


def choose_space() -> tuple[FaceSpace, Drawing]:
    """Net, faces, method and dimensions as controls: the space, and how its map is drawn."""
    try:
        _ = session().split
    except DataError as error:
        st.error(plain(str(error)))
        page_link("pages/train/people.py", "Choose other people")
        st.stop()
    with st.container(key="map_space"):
        one, two, three, four = st.columns([2, 2, 2.1, 1.2])
    with one:
        verifier = nets.choose_verifier(NET, "Net")
    sources = _sources()
    if st.session_state.get("map_faces") not in (None, *sources):
        del st.session_state["map_faces"]
    source = two.selectbox(
        "Faces", list(sources), key="map_faces", bind="query-params", help=_about_faces()
    )
    method: str = one_of(
        "Drawn by", METHODS, key="map_method", called=METHODS.__getitem__, place=three
    )
    dimensions: int = one_of("Dimensions", [2, 3], key="map_dims", called="{}-D".format, place=four)
    return space_of(verifier, sources[source]()), Drawing(method, dimensions)


def _about_faces() -> str:
    return (
        "The people of this session, seen and unseen, are chosen on the page *People*; *My people* "
        "are those whom you have added to your gallery."
    )


def _sources() -> dict[str, Callable[[], FaceSet]]:
    here = session()
    found: dict[str, Callable[[], FaceSet]] = {
        EVERYBODY: lambda: _drawable(here.faces),
        UNSEEN: lambda: _drawable(here.split.unseen),
    }
    if here.source != SAMPLE:
        found[BUILT_IN] = sample_faces
    if own := own_people():
        found[OWN] = lambda: own
    return found


def _drawable(faces: FaceSet) -> FaceSet:
    """At most `MOST` of the faces, people whole."""
    if len(faces) <= MOST:
        return faces

    def whole() -> FaceSet:
        return faces.choose(neighbours.whole_people(faces.labels, MOST))

    return session().recall("drawable", faces, whole, most=2)


def run_of(verifier: Verifier) -> Run | None:
    """The run of the session that goes by the verifier's name."""
    runs = session().runs
    return next((run for run in runs if run.home and run.name == verifier.name), None)


def space_of(verifier: Verifier, faces: FaceSet) -> FaceSpace:
    """The space of a net and faces; the last few are kept."""
    kept: list[FaceSpace] = session().kept.setdefault("map_spaces", [])
    for number, space in enumerate(kept):
        if space.verifier is verifier and space.faces is faces:
            kept.append(kept.pop(number))
            return space
    run = run_of(verifier)
    older = [s for s in kept if s.verifier.name == verifier.name and s.faces is faces]
    before = _last_map(older[-1]) if older and run and run.busy else None
    for space in older:  # an earlier look of the same net is of no use any more
        kept.remove(space)
    made = FaceSpace(_measured(verifier, faces), nets.is_trained_on(verifier.name, faces), before)
    kept.append(made)
    del kept[:-KEPT]
    return made


def _last_map(space: FaceSpace) -> Floats | None:
    done = [it for it in space.maps.values() if isinstance(it, Drawn) and it.settled]
    return done[-1].placed if done else None


def _measured(verifier: Verifier, faces: FaceSet) -> Measured:
    """A class that looks at the same net and faces has them embedded and measured once."""

    def measure() -> Measured:
        return Measured(verifier, faces, _embed(verifier, faces))

    return session().recall("measured", (verifier, faces), measure, most=2)


def _embed(verifier: Verifier, faces: FaceSet) -> Floats:
    parts = []
    with st.spinner(f"{plain(verifier.name)} looks at {counted(len(faces), 'face')} …"):
        bar = st.progress(0.0) if len(faces) > AT_ONCE else None
        for start in range(0, len(faces), AT_ONCE):
            parts.append(verifier.embed(faces.pictures[start : start + AT_ONCE]).numpy())
            if bar:
                bar.progress(min(1.0, (start + AT_ONCE) / len(faces)))
        if bar:
            bar.empty()
    return np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)


@with_each
def scenes(faces: FaceSet) -> list[Scene | None]:
    """How each picture was taken; None where it is not one of the built-in people's."""
    known = _sample_scenes()
    return [known.get(_digest(picture)) for picture in faces.pictures]


@st.cache_resource(show_spinner=False)
def _sample_scenes() -> dict[bytes, Scene]:
    """Told by the picture itself: a name alone might be somebody else's."""
    faces = sample_faces()
    found = {}
    for picture, label, file in zip(faces.pictures, faces.labels, faces.files, strict=True):
        photo = int(file.rsplit("/", 1)[-1].split(".")[0])
        found[_digest(picture)] = sample_scene(faces.people[label], photo)
    return found


def _digest(picture: NDArray[np.uint8]) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=12).digest()
