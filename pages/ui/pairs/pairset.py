"""Whose pairs: faces under a verifier, with all distances between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.ui import shipped
from pages.ui.inputs import one_of
from pages.ui.nets import SFACE, SHIPPED_NETS, is_trained_on, real_photos, trained_on
from pages.ui.pairs import slider
from pages.ui.photo import Photo
from pages.ui.session import Session, sample_faces, session
from pages.ui.text import counted, plain
from siamese.faces import DataError, FaceSet, Split
from siamese.sharing import with_each

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from pages.ui.pairs.slider import Sheet
    from siamese.config import TrainingConfig
    from siamese.jobs import Run
    from siamese.pairs import Pairs
    from siamese.verifiers import Verifier

NEW, MET = "People new to the net", "People it learnt from"
MOST = 1200  # pictures whose pairs are compared: 720,000 pairs
KEPT = 6  # looks of a visitor


@dataclass(frozen=True, eq=False)
class PairSet:
    """A set of faces under a verifier, with all its pairs. Shared by all who look at the same faces
    under the same verifier: nothing of a single visitor may be put into it."""

    verifier: Verifier
    faces: FaceSet
    whose: str

    @cached_property
    def embedding(self) -> Tensor:
        return self.verifier.embed(self.faces.pictures)  # (N, D)

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        return self.verifier.matrix(self.embedding, self.embedding)  # (N, N)

    @cached_property
    def pairs(self) -> Pairs:
        from siamese.pairs import all_pairs

        return all_pairs(self.matrix, self.faces.labels)

    @property
    def sheet(self) -> Sheet:
        return _sheet(self)

    @cached_property
    def photos(self) -> list[Photo]:
        return [Photo.at(self.faces, picture) for picture in range(len(self.faces))]

    def said(self, distance: float) -> str:
        """A distance in as many digits as are worth it."""
        return f"{distance:.{self.sheet.ruler.digits + 1}f}"

    @cached_property
    def kept(self) -> dict[object, object]:
        """What has been computed for a part of the page, by a name of its own."""
        return {}


@with_each
def _sheet(pair_set: PairSet) -> Sheet:
    names = [f"{photo.name} {photo.picture}" for photo in pair_set.photos]
    return slider.sheet(pair_set.pairs, pair_set.faces.pictures, pair_set.faces.labels, names)


def pair_set_of(verifier: Verifier, faces: FaceSet, whose: str = NEW) -> PairSet:
    """The faces under the verifier; the last few are kept for this visitor."""

    def compared() -> PairSet:
        return PairSet(verifier, limited(faces), whose)

    return session().recall("pair_set", (verifier, faces, whose), compared, most=KEPT)


def choose_whose() -> str:
    whose: str = one_of(
        "Whose pairs",
        [NEW, MET],
        key="pairs_whose",
        help="A net is judged by people whom it has not met in training. The others are here to "
        "show how much they flatter it.",
    )
    return whose


def pair_set(verifier: Verifier, whose: str) -> PairSet | None:
    """The faces that were asked for, under the verifier; None, with a word, where they make no
    pairs of both kinds."""
    split = split_of(verifier.name)
    faces = split.unseen if whose == NEW else split.seen
    if not len(faces):
        learnt, other = ("all", MET) if whose == NEW else ("none", NEW)
        st.info(
            f"*{plain(verifier.name)}* has learnt from {learnt} of the people here. "
            f"Choose *{other}*.",
            icon=":material/person_off:",
        )
        return None
    if not comparable(faces):
        st.info(
            "Here is no pair of one person, or none of two: there is nothing to compare. Choose "
            "people with two pictures or more on the page *People*.",
            icon=":material/group_add:",
        )
        return None
    with st.spinner("Comparing everybody with everybody …", show_time=False):
        found = pair_set_of(verifier, faces, whose)
        _ = found.sheet
    if verifier.name == SFACE and real_photos():
        st.caption("From whom SFace has learnt is not told: people here may be among them.")
    if len(found.faces) < len(faces):
        st.caption(
            f"{len(faces):,} pictures make too many pairs to slide through: here are those of "
            f"{counted(len(found.faces.people), 'person', 'people')} drawn by chance, "
            f"{len(found.faces):,} pictures."
        )
    return found


def comparable(faces: FaceSet) -> bool:
    """True where there are pairs of both kinds."""
    return len(faces.people) > 1 and bool((faces.counts > 1).any())


def limited(faces: FaceSet) -> FaceSet:
    """At most so many pictures that all pairs can be held, of people drawn by chance."""
    rows = slider.some(faces.labels, MOST)
    return faces if len(rows) == len(faces) else faces.choose(rows)


def split_of(name: str) -> Split:
    """Whom a verifier has learnt from, and who is new to it."""
    here = session()
    if name in SHIPPED_NETS:
        return _shipped_split(name)
    if name == SFACE:  # whom it has met is not known, and nobody here is known to be one of them
        return Split(here.faces.choose([]), _tested_on(here))
    run = run_of(name)
    if run is None:
        return here.split
    return Split(run.experiment.split.seen, run.experiment.unseen_people)


def run_of(name: str) -> Run | None:
    return next((run for run in session().runs if run.home and run.name == name), None)


def config_of(name: str) -> TrainingConfig | None:
    """How a verifier was trained; None for one that was not."""
    if name in SHIPPED_NETS:
        return shipped.file(SHIPPED_NETS[name]).config
    run = run_of(name)
    return run.config if run else None


def _shipped_split(name: str) -> Split:
    """The people here whom a shipped net has met, and the others. Where it has met nobody: the
    built-in people that it has learnt from, if any, and the unseen ones of the session."""
    here = session()
    own = here.faces if trained_on(name, here.faces.people) else _tested_on(here)
    return here.recall("acquaintance", (name, own), lambda: _by_acquaintance(name, own))


def _by_acquaintance(name: str, own: FaceSet) -> Split:
    new = ~is_trained_on(name, own)
    seen = own.choose(~new)
    if not len(seen):
        seen = sample_faces().choose(is_trained_on(name, sample_faces()))
    return Split(seen, own if new.all() else own.choose(new))


def _tested_on(here: Session) -> FaceSet:
    try:
        return here.split.unseen
    except DataError:
        return here.faces
