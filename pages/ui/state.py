"""What one visitor has chosen and made: one typed object, kept in the Streamlit session."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from siamese.datasets import FaceSet, Split, load, split_by_person, split_by_picture

if TYPE_CHECKING:
    from pages.ui.facepicker import Seen
    from siamese.enrolment import Enrolled
    from siamese.experiment import Experiment
    from siamese.jobs import Run
    from siamese.judges import Judge
    from siamese.training import TrainingConfig

SplitKind = Literal["person", "picture"]
Pictures = NDArray[np.uint8]  # (K, 112, 112, 3), portraits as `detection.portrait` cuts them
SAMPLE = "sample_faces"


@st.cache_resource(show_spinner="Fetching the built-in people …")
def sample_faces() -> FaceSet:
    """The built-in people, shared by all visitors and therefore read-only."""
    return _read_only(load(SAMPLE))


@dataclass
class Session:
    """The visitor's data, how it is split, and the runs; no widget values, those have keys."""

    faces: FaceSet
    source: str = SAMPLE  # how the page names where the faces came from
    unseen: float = 0.25  # share of the people (or pictures) kept for the test
    split_seed: int = 0
    split_kind: SplitKind = "person"
    runs: list[Run] = field(default_factory=list)
    active: Run | None = None  # the one that is shown and trained
    dropped: Run | None = None  # the last one that was dropped: it can be had back
    asked: TrainingConfig | None = None  # what the controls said last; None: take them as they are
    judges: dict[str, tuple[object, Judge]] = field(default_factory=dict, repr=False)  # see nets.py
    gallery: dict[str, Pictures] = field(default_factory=dict, repr=False)  # people of one's own
    photos: dict[str, Seen] = field(default_factory=dict, repr=False)  # see facepicker.py
    enrolled: list[Enrolled] = field(default_factory=list, repr=False)  # who may pass the door
    life: int = 0  # goes up when uploads are deleted: a part of their widgets' keys
    lesson: bool = False  # ?lesson=1: pages leave out what a class need not see
    _split: Split | None = field(default=None, repr=False)
    _split_of: tuple[FaceSet, object] | None = field(default=None, repr=False)
    _experiment: Experiment | None = field(default=None, repr=False)

    @property
    def split(self) -> Split:
        """Seen and unseen faces, cut anew only after one of the choices has changed."""
        choice = (self.unseen, self.split_seed, self.split_kind)
        kept = self._split_of
        if self._split is None or kept is None or kept[0] is not self.faces or kept[1] != choice:
            cut = split_by_person if self.split_kind == "person" else split_by_picture
            split = cut(self.faces, unseen=self.unseen, seed=self.split_seed)
            self._split = Split(_read_only(split.seen), _read_only(split.unseen))
            self._split_of = self.faces, choice
        return self._split

    def experiment(self, net: str, known: frozenset[str] = frozenset()) -> Experiment:
        """The split people, made ready for a net that has learnt from these (short hashes) before;
        kept until anything changes."""
        from siamese.experiment import Experiment

        kept = self._experiment
        if kept is None or kept.split is not self.split or (kept.net, kept.known) != (net, known):
            self._experiment = kept = Experiment(self.source, self.split, net, known)
        return kept

    def use(self, faces: FaceSet, source: str) -> None:
        """Work with other faces from now on. Runs keep the faces that they were started with."""
        self.faces, self.source = _read_only(faces), source

    def forget_everything(self) -> dict[str, int]:
        """Begin anew: nobody's pictures are left, nor a net that has learnt from them. How many of
        each kind are gone."""
        gone = {
            "people of your own": len(self.gallery),
            "photos": len(self.photos),
            "people enrolled at the door": len(self.enrolled),
            "runs": len(self.runs),
        }
        self.rest()
        new = Session(sample_faces(), life=self.life + 1, lesson=self.lesson)
        for each in fields(self):
            setattr(self, each.name, getattr(new, each.name))
        return gone

    def rest(self) -> None:
        """Nobody is there to watch: let the runs wait."""
        for run in self.runs:
            run.pause()


def session() -> Session:
    """This visitor's session; made at the first call, with the built-in people."""
    if "session" not in st.session_state:
        st.session_state["session"] = Session(sample_faces())
    found: Session = st.session_state["session"]
    _watch(found)
    return found


@st.cache_resource(scope="session", on_release=Session.rest, show_spinner=False)
def _watch(_session: Session) -> Session:
    """Kept for `on_release`: Streamlit lets go of it when the browser has left."""
    return _session


def _read_only(faces: FaceSet) -> FaceSet:
    faces.pictures.setflags(write=False)
    faces.labels.setflags(write=False)
    return faces
