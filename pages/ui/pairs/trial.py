"""A threshold chosen on one half of the people and tried on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import streamlit as st

from pages.ui.charts import kept, plot
from pages.ui.inputs import one_of
from pages.ui.pairs import charts
from pages.ui.pairs.pairset import PairSet
from pages.ui.pairs.threshold import WISHES, share
from pages.ui.text import counted

if TYPE_CHECKING:
    from siamese.pairs import Trial

DRAWS = 12


def on_trial(pair_set: PairSet, _: float) -> None:
    """Chosen on one half of the people, applied to the other."""
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        asked: str = one_of(
            "At most so many false accepts", WISHES, key="pairs_trial", first="1 in 100"
        )
        draw = st.slider(
            "Drawing of the two halves", 1, DRAWS, key="pairs_draw", bind="query-params"
        )
    far = WISHES[asked]
    told = trials(pair_set, far)
    if told is None:
        st.info("Too few people to be halved: each half needs two, and one with two pictures.")
        return
    one = told[draw - 1]
    broken = sum(trial.got.far > far for trial in told)
    with left:
        st.markdown(
            f"The threshold that lets in at most **{asked}** strangers was chosen on "
            f"{counted(one.people[0], 'person', 'people')}: **{pair_set.said(one.threshold)}**. "
            f"There it lets in {share(one.hoped.far)} of them. On the other "
            f"{one.people[1]} people it lets in **{share(one.got.far)}**, and rejects "
            f"{share(one.got.frr)} of the right ones ({share(one.hoped.frr)} where it was chosen)."
        )
    with right:
        words = (
            f"In {broken} of {DRAWS} drawings the other half lets in more strangers than was hoped "
            "for."
        )
        plot(kept(charts.trials, told, far, draw - 1), key="pairs_trials", alt=words)
        st.caption(
            f"{words} A promise about strangers is one about people whom nobody has measured yet."
        )


def trials(pair_set: PairSet, far: float) -> list[Trial] | None:
    from siamese.pairs import trial

    if ("trials", far) not in pair_set.kept:
        try:
            pair_set.kept["trials", far] = [
                trial(pair_set.matrix, pair_set.faces.labels, far, seed) for seed in range(DRAWS)
            ]
        except ValueError:
            pair_set.kept["trials", far] = None
    return cast("list[Trial] | None", pair_set.kept["trials", far])
