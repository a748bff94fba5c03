"""The trap on the pairs page: one net on pairs it trained on, on new pictures, on new people."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pages.ui.charts import kept, plot
from pages.ui.pairs import charts, pairset
from pages.ui.pairs.pairset import MET, NEW, PairSet
from pages.ui.pairs.threshold import share
from pages.ui.session import session
from pages.ui.text import plain
from pages.ui.wire import wire
from siamese.faces import DataError, FaceSet, Split

if TYPE_CHECKING:
    from siamese.config import TrainingConfig
    from siamese.jobs import Run
    from siamese.leak import Cut
    from siamese.verification import Scores

TABLE = Path(__file__).with_name("leaky_split.csv")
STEPS = 300
TRIED = "pairs_trap"  # in the session: the net that is trained for this
SLOW = ("baseline", "starter")  # nets that would train for minutes or hours


@dataclass(eq=False)
class Tried:
    """A net that learns with people and pictures set aside."""

    faces: FaceSet
    config: TrainingConfig
    cut: Cut
    run: Run
    scores: dict[str, Scores] | None = field(default=None)  # when it is done

    def fits(self, faces: FaceSet, config: TrainingConfig) -> bool:
        return self.faces is faces and self.config == config


def trap(pair_set: PairSet, _: float) -> None:
    """The same net on three kinds of pairs."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{plain(pair_set.verifier.name)}**, as it is")
        rates = own_rates(pair_set)
        _bars(rates, "pairs_trap_own")
        st.caption(f"Equal error rates: {in_words(rates)}.")
    with right:
        _three_tests(pair_set)
    st.markdown(
        "Who tests on *pictures* set aside meets people whom the net has learnt by heart, and "
        "finds it better than it is. **Only people whom it has never met** tell what happens to "
        "the next visitor."
    )


def own_rates(pair_set: PairSet) -> dict[str, float]:
    """Equal error rates of the net on the people whom it has met and on those whom it has not."""
    split = pairset.split_of(pair_set.verifier.name)
    by_picture = bool(set(split.seen.people) & set(split.unseen.people))
    names = ("the seen people, not learnt from", "the unseen people")
    if pairset.config_of(pair_set.verifier.name) is not None:
        new = "new pictures, people it knows" if by_picture else "people it never met"
        names = "pairs it trained on", new
    told = {}
    for name, faces, whose in zip(names, (split.seen, split.unseen), (MET, NEW), strict=True):
        if not pairset.comparable(faces):
            continue
        told[name] = pairset.pair_set_of(pair_set.verifier, faces, whose).pairs.equal_error[0]
    return told


def _three_tests(pair_set: PairSet) -> None:
    """Stored figures, until the visitor has the net trained again with these people."""
    from siamese.config import preset

    config = pairset.config_of(pair_set.verifier.name) or preset("contrastive")
    here = session()
    tried: Tried | None = st.session_state.get(TRIED)
    st.markdown("**One net, three tests**: people *and* pictures set aside")
    if tried is None or not tried.fits(here.faces, config):
        stored = leaks()
        mean = stored[stored["loss"] == "contrastive"].groupby("pairs", sort=False)["eer"].mean()
        rates = {str(name): float(rate) for name, rate in mean.items()}
        _bars(rates, "pairs_trap_stored")
        st.caption(
            f"{in_words(rates)}. Contrastive loss, built-in people, means of "
            f"{stored['seed'].nunique()} nets of {stored['steps'].iloc[0]} steps: "
            "`benchmarks/leaky_split.py`."
        )
        if config.net in SLOW:
            return
        st.button(
            f"Do it now: {config.loss} loss, {STEPS} steps",
            on_click=begin,
            args=[here.faces, here.source, config],
            icon=":material/play_arrow:",
            key="pairs_trap_go",
        )
        if problem := st.session_state.pop("pairs_trap_problem", ""):
            st.error(plain(problem))
    elif tried.run.steps < STEPS and tried.run.status != "failed":
        _under_way(tried)
    else:
        _result(tried)


def begin(faces: FaceSet, source: str, config: TrainingConfig) -> None:
    """Train the same net anew, with a quarter of the people and of the pictures set aside."""
    from siamese import jobs
    from siamese.experiment import Experiment, first_state
    from siamese.leak import cut

    try:
        parts = cut(faces)
    except DataError as error:
        st.session_state["pairs_trap_problem"] = str(error)
        return
    run = jobs.Run(
        "The trap",
        first_state(config),
        Experiment(source, Split(parts.trained, parts.known), config.net),
        jobs.processes(),
    )
    run.limit = STEPS
    run.play()
    st.session_state[TRIED] = Tried(faces, config, parts, run)


def _under_way(tried: Tried) -> None:
    run = tried.run

    @st.fragment(run_every=1.0 if run.busy else None)
    def progress() -> None:
        run.touch()
        done = run.steps
        left = run.seconds * (STEPS - done) / done if done else 0.0
        words = f"Step {done} of {STEPS}" + (f", {left:.0f} s of training left" if left else "")
        st.progress(min(1.0, done / STEPS), plain(wire.queued(run)) or words)
        if run.is_played:
            st.button("Stop", on_click=run.pause, key="pairs_trap_stop")
        else:
            st.button("Go on", on_click=run.play, key="pairs_trap_on")
        if done >= STEPS:
            st.rerun()

    progress()


def _result(tried: Tried) -> None:
    from siamese.leak import scores

    if tried.run.status == "failed":
        st.error(plain(tried.run.problem))
        st.button("Try again", on_click=st.session_state.pop, args=[TRIED], key="pairs_trap_again")
        return
    if tried.scores is None:
        tried.scores = scores(tried.run.state, tried.cut.ready(tried.config.net))
    rates = {name: score.eer for name, score in tried.scores.items()}
    _bars(rates, "pairs_trap_tried")
    pairs = ", ".join(f"{score.pairs_same:,}" for score in tried.scores.values())
    st.caption(
        f"{in_words(rates)}. Trained just now with {tried.config.loss} loss for "
        f"{tried.run.steps} steps; measured on {pairs} pairs of one person."
    )


def _bars(rates: dict[str, float], key: str) -> None:
    plot(kept(charts.trap, rates), key=key, alt=f"Equal error rates: {in_words(rates)}.")


def in_words(rates: dict[str, float]) -> str:
    return "; ".join(f"{name}: {share(rate)}" for name, rate in rates.items())


@cache
def leaks() -> pd.DataFrame:
    """One row a net and kind of pairs."""
    return pd.read_csv(TABLE)
