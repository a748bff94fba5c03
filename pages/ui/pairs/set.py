"""The pairs page: whose pairs, where the sliders stand, and the curves that follow them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.ui import shipped
from pages.ui.nets import SHIPPED_NETS, is_met, met
from pages.ui.pairs import charts, slider
from pages.ui.session import Session, sample_faces, session
from pages.ui.start.twins import Photo
from pages.ui.text import plain
from siamese.archives import DataError
from siamese.datasets import FaceSet, Split
from siamese.sharing import Shared, with_each

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from pages.ui.pairs.slider import Sheet
    from siamese.jobs import Run
    from siamese.judges import Judge
    from siamese.pairs import Pairs, Wish
    from siamese.training import TrainingConfig

NEW, MET = "People new to the net", "People it learnt from"
EQUAL = "Equal errors"
WISHES = {"1 in 10": 0.1, "1 in 100": 0.01, "1 in 1,000": 0.001}
MOST = 1200  # pictures whose pairs are compared: 720,000 pairs
KEPT = 6  # looks of a visitor
AT, THRESHOLD, WISH = "p_at", "p_threshold", "p_wish"  # in the session, and in the link
BY_HAND, OF = (
    "p_by_hand",
    "p_of",
)  # in the session: is the threshold the visitor's own, and for whom
CONTROL, SLIDER = "p_set", "pair_slider"  # widgets


# -- whose pairs -----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Look:
    """A set of faces under a judge, with all its pairs. Shared by all who look at the same faces
    under the same judge: nothing of a single visitor may be put into it."""

    judge: Judge
    faces: FaceSet
    whose: str

    @cached_property
    def embedding(self) -> Tensor:
        return self.judge.embed(self.faces.pictures)  # (N, D)

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        return self.judge.matrix(self.embedding, self.embedding)  # (N, N)

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
def _sheet(look: Look) -> Sheet:
    names = [f"{photo.name} {photo.picture}" for photo in look.photos]
    return slider.sheet(look.pairs, look.faces.pictures, look.faces.labels, names)


_looks: Shared[Look] = Shared()
_splits: Shared[Split] = Shared()  # under a shipped net


def look_at(judge: Judge, faces: FaceSet, whose: str = NEW) -> Look:
    """The faces under the judge; the last few are kept for this visitor."""
    looks: dict[str, tuple[Judge, FaceSet, Look]] = st.session_state.setdefault("p_looks", {})
    name = f"{judge.name} {whose}"
    kept = looks.pop(name, None)
    if kept is None or kept[0] is not judge or kept[1] is not faces:
        look = _looks.get((judge, faces, whose), lambda: Look(judge, limited(faces), whose))
        kept = judge, faces, look
    looks[name] = kept  # the one used last stands last
    for old in list(looks)[:-KEPT]:
        del looks[old]
    return kept[2]


def choose_whose() -> str:
    whose: str = st.segmented_control(
        "Whose pairs",
        [NEW, MET],
        default=NEW,
        required=True,
        key="p_whose",
        bind="query-params",
        help="A net is judged by people whom it has not met in training. The others are here to "
        "show how much they flatter it.",
    )
    return whose


def look(judge: Judge, whose: str) -> Look | None:
    """The faces that were asked for, under the judge; None, with a word, where they make no pairs
    of both kinds."""
    split = split_of(judge.name)
    faces = split.unseen if whose == NEW else split.seen
    if not len(faces):
        learnt, other = ("all", MET) if whose == NEW else ("none", NEW)
        st.info(
            f"*{plain(judge.name)}* has learnt from {learnt} of the people here. Choose *{other}*.",
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
        found = look_at(judge, faces, whose)
        _ = found.sheet
    if len(found.faces) < len(faces):
        st.caption(
            f"{len(faces):,} pictures make too many pairs to slide through: here are those of "
            f"{len(found.faces.people):,} people drawn by chance, {len(found.faces):,} pictures."
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
    """Whom a judge has learnt from, and who is new to it."""
    here = session()
    if name in SHIPPED_NETS:
        return _shipped_split(name)
    run = run_of(name)
    if run is None:
        return here.split
    return Split(run.experiment.split.seen, run.experiment.strangers)


def run_of(name: str) -> Run | None:
    return next((run for run in session().runs if run.result and run.name == name), None)


def config_of(name: str) -> TrainingConfig | None:
    """How a judge was trained; None for one that was not."""
    if name in SHIPPED_NETS:
        return shipped.file(SHIPPED_NETS[name]).config
    run = run_of(name)
    return run.config if run else None


def _shipped_split(name: str) -> Split:
    """The people here whom a shipped net has met, and the others. Where it has met nobody: the
    built-in people that it has learnt from, if any, and the unseen ones of the session."""
    here = session()
    kept: dict[str, tuple[FaceSet, Split]] = st.session_state.setdefault("p_splits", {})
    own = here.faces if met(name, here.faces.people) else _tested_on(here)
    if name not in kept or kept[name][0] is not own:
        kept[name] = own, _splits.get((name, own), lambda: _by_acquaintance(name, own))
    return kept[name][1]


def _by_acquaintance(name: str, own: FaceSet) -> Split:
    new = ~is_met(name, own)
    seen = own.choose(~new)
    if not len(seen):
        seen = sample_faces().choose(is_met(name, sample_faces()))
    return Split(seen, own if new.all() else own.choose(new))


def _tested_on(here: Session) -> FaceSet:
    try:
        return here.split.unseen
    except DataError:
        return here.faces


# -- where the sliders stand -----------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where both sliders stand."""

    at: float
    threshold: float
    wish: str | None  # of EQUAL and WISHES; None for a threshold set by hand


def remember(name: str, value: float | str) -> None:
    """Keep a value that no widget holds: in the session, and in the link."""
    st.session_state[name] = value
    _link(name, f"{value:.6g}" if isinstance(value, float) else value)


def _link(name: str, word: str | None) -> None:
    if word is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != word:
        st.query_params[name] = word


def forget(*names: str) -> None:
    for name in names:
        st.session_state.pop(name, None)
        st.query_params.pop(name, None)


def place(look: Look) -> Place:
    """From the link or the session, brought into range; another net starts anew."""
    ruler, pairs = look.sheet.ruler, look.pairs
    now = look.judge.name, look.whose
    if st.session_state.get(OF, now) != now:
        forget(AT, THRESHOLD, BY_HAND)
    st.session_state[OF] = now
    usual = float(np.quantile(pairs.distance[pairs.same], 0.9))
    at = ruler.on(_number(AT, usual))
    wish = st.query_params.get(WISH, st.session_state.get(WISH, EQUAL))
    by_hand = THRESHOLD in st.query_params or st.session_state.get(BY_HAND, False)
    asked = _number(THRESHOLD, np.nan) if by_hand else np.nan
    if np.isnan(asked):
        by_hand, wish = False, wish if wish in WISHES else EQUAL
        asked = threshold_of(look, wish)
    threshold = ruler.lower(asked)
    st.session_state[BY_HAND], st.session_state[WISH] = by_hand, wish
    st.session_state[CONTROL] = None if by_hand else wish
    st.session_state[THRESHOLD] = threshold
    remember(AT, at)
    _link(THRESHOLD, f"{threshold:.6g}" if by_hand else None)
    _link(WISH, wish if wish in WISHES and not by_hand else None)
    return Place(at, threshold, None if by_hand else wish)


def _number(name: str, usual: float) -> float:
    """A value of the link, or of the session; the usual one where that is no number."""
    try:
        value = float(st.query_params.get(name, st.session_state.get(name, "")))
    except ValueError:
        return usual
    return value if np.isfinite(value) else usual


def threshold_of(look: Look, wish: str) -> float:
    return look.pairs.equal_error[1] if wish == EQUAL else granted(look, WISHES[wish]).threshold


def granted(look: Look, far: float) -> Wish:
    from siamese.pairs import wish

    return wish(look.pairs, far)


def slide(look: Look, place: Place) -> None:
    """The sliders with all that they move in the browser."""

    def moved(at: float, threshold: float) -> None:
        remember(AT, at)
        if abs(threshold - place.threshold) > look.sheet.ruler.step / 2:
            remember(THRESHOLD, threshold)
            st.session_state[BY_HAND] = True

    def picked(a: int, b: int) -> None:
        choose_pair(look, a, b)

    slider.slider(look.sheet, place.at, place.threshold, moved=moved, picked=picked, key=SLIDER)
    same, different = len(look.pairs.same), len(look.pairs.different)
    st.caption(
        f"{len(look.faces.people)} people, {len(look.faces):,} pictures: {same:,} pairs of one "
        f"person and {different:,} of two, each kind drawn to its own height. Click a pair to look "
        "at it closely."
    )


def choose_pair(look: Look, a: int, b: int) -> None:
    """Make two pictures of the look the pair that is looked at closely. For callbacks."""
    from pages.ui.pairs import two_faces

    remember(two_faces.A, two_faces.whole(look, a).photo.id)
    remember(two_faces.B, two_faces.whole(look, b).photo.id)
    if st.session_state.get(two_faces.PART) != two_faces.WORST:
        st.session_state[two_faces.PART] = two_faces.TWO


# -- curves ----------------------------------------------------------------------------------------


def curves(look: Look, place: Place) -> None:
    """What is promised with the threshold, and where it stands on both curves."""
    _promise(look, place)
    rates = look.pairs.rates(place.threshold)
    eer = look.pairs.equal_error[0]
    words = (
        f"At the threshold of {look.said(place.threshold)}, FAR is {share(rates.far)} and FRR is "
        f"{share(rates.frr)}; equal errors are at {share(eer)}."
    )
    one, two = st.columns(2, gap="large")
    with one:
        st.markdown("**ROC**: the right ones who get in, against the strangers who do")
        st.altair_chart(charts.roc(look.pairs, rates), key="p_roc", alt=words)
    with two:
        st.markdown("**DET**: one error against the other; lower is better")
        st.altair_chart(charts.det(look.pairs, rates), key="p_det", alt=words)


def _promise(look: Look, place: Place) -> None:
    left, right = st.columns([1, 1.35], gap="large", vertical_alignment="center")
    left.segmented_control(
        "I want at most so many false accepts",
        [EQUAL, *WISHES],
        key=CONTROL,
        on_change=_take_wish,
    )
    right.markdown(told(look, place))


def told(look: Look, place: Place) -> str:
    """What the threshold does, in words."""
    if place.wish in WISHES:
        return promise(look, granted(look, WISHES[place.wish]))
    eer, equal = look.pairs.equal_error
    rates = look.pairs.rates(place.threshold)
    did = (
        f"A threshold of **{look.said(place.threshold)}** accepts {share(rates.far)} of the "
        f"strangers and rejects {share(rates.frr)} of the right ones. Of all that it accepts, "
        f"{share(rates.precision)} are right"
    )
    if place.wish == EQUAL:
        return (
            f"{did}. Here both errors are, as nearly as these pairs allow, **equally frequent: "
            f"{share(eer)}**."
        )
    return f"{did}. Errors are equal at {look.said(equal)}, with {share(eer)}."


def _take_wish() -> None:
    forget(THRESHOLD, BY_HAND)
    remember(WISH, st.session_state[CONTROL] or EQUAL)


def promise(look: Look, wish: Wish) -> str:
    """What the pairs can say to 'at most 1 in so many', in plain words."""
    from siamese.pairs import rule_of_three

    asked = f"1 in {1 / wish.far:,.0f}"
    got = (
        f"For {asked}, the threshold is **{look.said(wish.threshold)}**: it lets in "
        f"{wish.let_in:,} of {wish.strangers:,} pairs of strangers, and accepts "
        f"{share(wish.recall)} of the right ones. "
    )
    if wish.known:
        return got + (
            f"{wish.allowed:,.0f} false accepts are allowed here, enough to go by. The same faces "
            "come back in many pairs, so they say less than as many pairs of their own."
        )
    if wish.possible:
        pairs = f"{int(wish.allowed)} pair" + ("s" if wish.allowed >= 2 else "")
        return got + (
            f"**Too few pairs to be sure:** {pairs} of strangers decide it. Other people may well "
            "give another threshold."
        )
    return got + (
        f"**Too few pairs to know:** {asked} of {wish.strangers:,} is less than one pair. That "
        "none is let in here only says that the true rate is probably below "
        f"1 in {1 / rule_of_three(wish.strangers):,.0f}."
    )


def share(part: float) -> str:
    return {0.0: "0 %", 1.0: "100 %"}.get(part) or shipped.share(part)
