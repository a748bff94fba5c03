"""Where the two sliders stand, and what the threshold promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.ui import text
from pages.ui.charts import kept, plot
from pages.ui.pairs import charts, slider
from pages.ui.pairs.choice import choose_pair
from pages.ui.pairs.kept import forget, put_in_link, remember
from pages.ui.pairs.pairset import PairSet
from pages.ui.text import counted

if TYPE_CHECKING:
    from siamese.pairs import Wish

EQUAL = "Equal errors"
WISHES = {"1 in 10": 0.1, "1 in 100": 0.01, "1 in 1,000": 0.001}
AT, THRESHOLD, WISH = "pairs_at", "pairs_threshold", "pairs_wish"  # in the session, and in the link
BY_HAND, OF = (
    "pairs_by_hand",
    "pairs_of",
)  # in the session: is the threshold the visitor's own, and for whom
CONTROL, SLIDER = "pairs_set", "pairs_slider"  # widgets


@dataclass(frozen=True)
class Place:
    """Where both sliders stand."""

    at: float
    threshold: float
    wish: str | None  # of EQUAL and WISHES; None for a threshold set by hand


def place(pair_set: PairSet) -> Place:
    """From the link or the session, brought into range; another net starts anew."""
    ruler, pairs = pair_set.sheet.ruler, pair_set.pairs
    now = pair_set.verifier.name, pair_set.whose
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
        asked = threshold_of(pair_set, wish)
    threshold = ruler.lower(asked)
    st.session_state[BY_HAND], st.session_state[WISH] = by_hand, wish
    st.session_state[CONTROL] = None if by_hand else wish
    st.session_state[THRESHOLD] = threshold
    remember(AT, at)
    put_in_link(THRESHOLD, f"{threshold:.6g}" if by_hand else None)
    put_in_link(WISH, wish if wish in WISHES and not by_hand else None)
    return Place(at, threshold, None if by_hand else wish)


def _number(name: str, usual: float) -> float:
    """A value of the link, or of the session; the usual one where that is no number."""
    try:
        value = float(st.query_params.get(name, st.session_state.get(name, "")))
    except ValueError:
        return usual
    return value if np.isfinite(value) else usual


def threshold_of(pair_set: PairSet, wish: str) -> float:
    return (
        pair_set.pairs.equal_error[1]
        if wish == EQUAL
        else granted(pair_set, WISHES[wish]).threshold
    )


def granted(pair_set: PairSet, far: float) -> Wish:
    from siamese.pairs import wish

    return wish(pair_set.pairs, far)


def slide(pair_set: PairSet, place: Place) -> None:
    """The sliders with all that they move in the browser."""

    def moved(at: float, threshold: float) -> None:
        remember(AT, at)
        if abs(threshold - place.threshold) > pair_set.sheet.ruler.step / 2:
            remember(THRESHOLD, threshold)
            st.session_state[BY_HAND] = True

    def picked(a: int, b: int) -> None:
        choose_pair(pair_set, a, b)

    slider.slider(pair_set.sheet, place.at, place.threshold, moved=moved, picked=picked, key=SLIDER)
    same, different = len(pair_set.pairs.same), len(pair_set.pairs.different)
    st.caption(
        f"{len(pair_set.faces.people)} people, {len(pair_set.faces):,} pictures: "
        f"{counted(same, 'pair')} of one person and {different:,} of two, each kind drawn to its "
        "own height. Click a pair to look at it closely."
    )


def curves(pair_set: PairSet, place: Place) -> None:
    """What is promised with the threshold, and where it stands on both curves."""
    _promise(pair_set, place)
    rates = pair_set.pairs.rates(place.threshold)
    eer = pair_set.pairs.equal_error[0]
    words = (
        f"At the threshold of {pair_set.said(place.threshold)}, FAR is {share(rates.far)} and FRR "
        f"is {share(rates.frr)}; equal errors are at {share(eer)}."
    )
    one, two = st.columns(2, gap="large")
    with one:
        st.markdown("**ROC**: the right ones who get in, against the strangers who do")
        plot(kept(charts.roc, pair_set.pairs, rates), key="pairs_roc", alt=words)
    with two:
        st.markdown("**DET**: one error against the other; lower is better")
        plot(kept(charts.det, pair_set.pairs, rates), key="pairs_det", alt=words)


def _promise(pair_set: PairSet, place: Place) -> None:
    left, right = st.columns([1, 1.35], gap="large", vertical_alignment="center")
    left.segmented_control(
        "I want at most so many false accepts",
        [EQUAL, *WISHES],
        key=CONTROL,
        on_change=_take_wish,
    )
    right.markdown(told(pair_set, place))


def told(pair_set: PairSet, place: Place) -> str:
    """What the threshold does, in words."""
    if place.wish in WISHES:
        return promise(pair_set, granted(pair_set, WISHES[place.wish]))
    eer, equal = pair_set.pairs.equal_error
    rates = pair_set.pairs.rates(place.threshold)
    did = (
        f"A threshold of **{pair_set.said(place.threshold)}** accepts {share(rates.far)} of the "
        f"strangers and rejects {share(rates.frr)} of the right ones. Of all pairs among these "
        f"{len(pair_set.faces.people)} people that it accepts, {share(rates.precision)} are right"
    )
    if place.wish == EQUAL:
        return (
            f"{did}. Here both errors are, as nearly as these pairs allow, **equally frequent: "
            f"{share(eer)}**."
        )
    return f"{did}. Errors are equal at {pair_set.said(equal)}, with {share(eer)}."


def _take_wish() -> None:
    forget(THRESHOLD, BY_HAND)
    remember(WISH, st.session_state[CONTROL] or EQUAL)


def promise(pair_set: PairSet, wish: Wish) -> str:
    """What the pairs can say to 'at most 1 in so many', in plain words."""
    from siamese.pairs import rule_of_three

    asked = f"1 in {1 / wish.far:,.0f}"
    got = (
        f"For {asked}, the threshold is **{pair_set.said(wish.threshold)}**: it lets in "
        f"{wish.let_in:,} of {counted(wish.different, 'pair')} of strangers, and accepts "
        f"{share(wish.recall)} of the right ones. "
    )
    if wish.known:
        return got + (
            f"{wish.allowed:,.0f} false accepts are allowed here, enough to go by. The same faces "
            "come back in many pairs, so they say less than as many pairs of their own."
        )
    if wish.possible:
        pairs = counted(int(wish.allowed), "pair")
        return got + (
            f"**Too few pairs to be sure:** it hangs on {pairs} of strangers. Other people may "
            "well give another threshold."
        )
    return got + (
        f"**Too few pairs to know:** {asked} of {wish.different:,} is less than one pair. That "
        "none is let in here only says that the true rate is probably below "
        f"1 in {1 / rule_of_three(wish.different):,.0f}."
    )


def share(part: float) -> str:
    """In a row of rates, so that none and all are told in percent, too."""
    return text.share(part, "0 %", "100 %")
