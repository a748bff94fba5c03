"""What one visitor has chosen and made: one typed object, kept in the Streamlit session."""

from __future__ import annotations

import gc
import secrets
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.course.way import Course
from pages.ui.predictions import Predictions
from siamese.allowances import Allowance, Allowances
from siamese.datasets import load
from siamese.faces import FaceSet, Split, split_by_person, split_by_picture
from siamese.memory import give_back
from siamese.sharing import Shared

if TYPE_CHECKING:
    from pages.ui.photo import Seen
    from siamese.config import TrainingConfig
    from siamese.enrolment import Enrolled
    from siamese.experiment import Experiment
    from siamese.jobs import Run
    from siamese.verifiers import Verifier

SplitKind = Literal["person", "picture"]
Pictures = NDArray[np.uint8]  # (K, 112, 112, 3), portraits as `detection.portrait` cuts them
SAMPLE = "sample_faces"
TEACHING = {"lesson", "notes", "course", "course_steps", "predictions"}  # nobody's pictures
KEPT = 24  # things of a kind that are kept once they have been worked out
SOON = 5.0  # seconds until what a leaving visitor leaves behind is collected
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Made:
    """Something that has been worked out, held so that it can be let go of."""

    value: Any = field(repr=False)


_made: Shared[Made] = Shared()  # of what visitors have had worked out
allowances = Allowances()  # of all visitors of this server
_by_token: Shared[Session] = Shared()
_splits: Shared[Split] = Shared()  # of people whom several visitors look at
_experiments: Shared[Experiment] = Shared()


@st.cache_resource(show_spinner="Fetching the built-in people …")
def sample_faces() -> FaceSet:
    """The built-in people, shared by all visitors and therefore read-only."""
    return _read_only(load(SAMPLE))


@dataclass(eq=False)
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
    handed: TrainingConfig | None = None  # what the controls are to say when they are seen next
    verifiers: dict[str, tuple[object, Verifier]] = field(
        default_factory=dict, repr=False
    )  # see nets.py
    gallery: dict[str, Pictures] = field(default_factory=dict, repr=False)  # people of one's own
    photos: dict[str, Seen] = field(default_factory=dict, repr=False)  # see facepicker.py
    enrolled: list[Enrolled] = field(default_factory=list, repr=False)  # who may pass the door
    real: bool = False  # a photo that our program has not drawn has come in
    life: int = 0  # goes up when uploads are deleted: a part of their widgets' keys
    lesson: bool = False  # ?lesson=1: pages leave out what a class need not see
    notes: bool = False  # the teacher's notes are shown
    course: Course | None = None  # the guided course, and at which of its stops
    course_steps: dict[str, int] = field(default_factory=dict)  # see course/here.py
    predictions: Predictions = field(default_factory=Predictions)
    former_names: dict[str, str] = field(default_factory=dict)  # of runs, and what they are now
    lines: WeakKeyDictionary[Run, int] = field(default_factory=WeakKeyDictionary)  # see runs.py
    made: dict[str, dict[Hashable, Made]] = field(default_factory=dict, repr=False)  # see `recall`
    kept: dict[str, Any] = field(default_factory=dict, repr=False)  # likewise, by a room itself
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)  # see wire.py
    feed: Any = field(default=None, repr=False)  # a Feed of wire.py: what is shown of a run
    tidy: bool = True  # False: widgets of other pages may hold what is to be forgotten
    allowance: Allowance = field(
        default_factory=lambda: allowances.new(), repr=False
    )  # what they may bring
    _split: Split | None = field(default=None, repr=False)
    _split_of: tuple[FaceSet, object] | None = field(default=None, repr=False)
    _experiment: Experiment | None = field(default=None, repr=False)

    @property
    def split(self) -> Split:
        """Seen and unseen faces, cut anew only after one of the choices has changed."""
        choice = (self.unseen, self.split_seed, self.split_kind)
        kept = self._split_of
        if self._split is None or kept is None or kept[0] is not self.faces or kept[1] != choice:
            self._split = _splits.get((self.faces, choice), self._cut)
            self._split_of = self.faces, choice
        return self._split

    def _cut(self) -> Split:
        cut = split_by_person if self.split_kind == "person" else split_by_picture
        split = cut(self.faces, unseen=self.unseen, seed=self.split_seed)
        return replace(split, seen=_read_only(split.seen), unseen=_read_only(split.unseen))

    def experiment(self, net: str, known: frozenset[str] = frozenset()) -> Experiment:
        """The split people, made ready for a net that has learnt from these (short hashes) before;
        kept until anything changes."""
        from siamese.experiment import Experiment

        kept = self._experiment
        if kept is None or kept.split is not self.split or (kept.net, kept.known) != (net, known):
            choice = self.source, self.split, net, known
            self._experiment = kept = _experiments.get(choice, lambda: Experiment(*choice))
        return kept

    def recall(self, kind: str, key: Hashable, make: Callable[[], T], most: int = KEPT) -> T:
        """What has been worked out before for the same key, which tells all about it; the last ones
        of a kind are kept. Visitors who ask for the very same share it, and it is gone with the
        last one of them."""
        kept = self.made.setdefault(kind, {})
        found = kept.pop(key, None) or _made.get((kind, key), lambda: Made(make()))
        kept[key] = found  # the one used last stands last
        for old in list(kept)[:-most]:
            del kept[old]
        value: T = found.value
        return value

    def let_go(self) -> None:
        """Forget all that has been worked out, of whomever and by whichever net: it can be done
        again."""
        self.verifiers.clear()
        self.made.clear()
        self.kept.clear()
        self.tidy = False

    def use(self, faces: FaceSet, source: str) -> None:
        """Work with other faces from now on. Runs keep the faces that they were started with."""
        if faces is not self.faces:  # nothing holds the old ones any more
            self._split = self._split_of = self._experiment = None
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
        self.allowance.leave()
        new = Session(sample_faces(), life=self.life + 1, token=self.token)
        for each in fields(self):
            if each.name not in TEACHING:
                setattr(self, each.name, getattr(new, each.name))
        self.tidy = False
        return gone

    def leave(self) -> None:
        """The visitor has left: nobody gets at anything of theirs any more."""
        _by_token.forget(self.token)
        self.allowance.leave()
        self.feed = None
        self.rest()

    def rest(self) -> None:
        """Nobody is there to watch: let the runs wait, and collect what will be left over."""
        for run in self.runs:
            run.pause()
        garbage.tidy_soon()


class Garbage:
    """What the garbage collector need not go through again, and when it has to."""

    def __init__(self) -> None:
        self.settled = False  # gc.get_freeze_count() would count a million things anew each time
        self._tidying = threading.Lock()  # taken while a tidying is to come

    def settle(self) -> None:
        """Out of its sight with everything heavy, once it is imported: going through all of torch
        takes half of a core where much is going on."""
        if not self.settled:
            self.settled = True
            gc.collect()
            gc.freeze()

    def tidy_soon(self) -> None:
        """What `settle` has put out of sight may be a visitor's who is leaving: let everything be
        looked at once more, when they have left, and give the memory back."""
        if self.settled and self._tidying.acquire(blocking=False):
            timer = threading.Timer(SOON, self._tidy)
            timer.daemon = True
            timer.start()

    def _tidy(self) -> None:
        self._tidying.release()
        gc.unfreeze()
        self.settled = False
        self.settle()
        give_back()


garbage = Garbage()


def session() -> Session:
    """This visitor's session; made at the first call, with the built-in people."""
    if "session" not in st.session_state:
        st.session_state["session"] = Session(sample_faces())
    found: Session = st.session_state["session"]
    _by_token.get(found.token, lambda: found)
    _watch(found)
    return found


def if_any() -> Session | None:
    """This visitor's session, where one has been made."""
    return session() if "session" in st.session_state else None


def let_go_of_other_pages() -> None:
    """At the end of a page: if something is to be forgotten, widgets of other pages hold it no
    longer.

    Streamlit 1.67 keeps what each widget has ever called or shown, and the faces and runs that hang
    on it, until the session ends. There is no public way to take that away.
    """
    context = get_script_run_ctx()
    here = if_any()
    if context and here and not here.tidy:
        held = context.session_state._state._new_widget_state.widget_metadata
        for widget in held.keys() - context.shared.widget_ids_this_run.snapshot():
            del held[widget]
        here.tidy = True


def recalled(kind: str, key: Hashable, make: Callable[[], T], most: int = KEPT) -> T:
    """As this visitor's session recalls it; made anew where no page is shown to anybody."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return make()
    return session().recall(kind, key, make, most)


def visitors() -> int:
    """How many are here; one who has left counts until Streamlit lets go of them."""
    return len(_by_token)


def by_token(token: str) -> Session | None:
    """The visitor to whom a token belongs, as long as they are here."""
    return _by_token.find(token)


@st.cache_resource(scope="session", on_release=Session.leave, show_spinner=False)
def _watch(_session: Session) -> Session:
    """Kept for `on_release`: Streamlit lets go of it when the browser has left."""
    return _session


def _read_only(faces: FaceSet) -> FaceSet:
    faces.pictures.setflags(write=False)
    faces.labels.setflags(write=False)
    return faces
