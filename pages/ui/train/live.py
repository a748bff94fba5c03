"""The live parts of the Train page: what a run looks like at this moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.ui.facemap.facemap import facemap
from pages.ui.facemap.sprites import Sprites
from pages.ui.photo import titles
from pages.ui.text import percent
from pages.ui.train import charts

if TYPE_CHECKING:
    from siamese.jobs import Result, Run

EVERY = 0.5  # seconds between two looks at a run that trains
WORSE, WORSE_BY = 0.01, 0.1  # of the error rate, in itself and of the best: what is worth a word
METHODS = {
    "umap": "UMAP draws it: sizes and gaps mean little.",
    "pca": "PCA draws it, until UMAP has warmed up.",
    "plane": "This is the embedding itself: it has two numbers.",
}


def map_and_scores(run: Run) -> None:
    """The map of the unseen people, and how well the net tells them apart."""
    unseen = run.experiment.unseen_people
    sprites = Sprites.of(unseen.pictures)
    sprites.mount()
    names = titles(unseen)

    trained_on = len(run.experiment.split.unseen.people) - len(unseen.people)
    left_out = (
        f" {trained_on} more are left out: the net has learnt from them before."
        if trained_on
        else ""
    )

    def look(result: Result) -> None:
        scores = result.evaluation.scores
        facemap(
            result.map,
            unseen.labels,
            names,
            sprites,
            key=f"train-map-{sprites.digest}",
            height=500,
            caption_text=in_words(run, result),
        )
        st.caption(
            f"{scores.people} people whom the net has **never seen**: a dot is a photo, a colour "
            f"is a person.{left_out} {METHODS[result.map_method]}"
        )

    moving(run, look, once_more=True)


def curves(run: Run) -> None:
    """Errors, distances and loss, side by side."""

    def look(result: Result) -> None:
        one, two, three = st.columns(3, gap="large")
        with one:
            errors(run, result)
        with two:
            distances(run, result)
        with three:
            losses(result)

    moving(run, look)


def moving(run: Run, look: Callable[[Result], None], once_more: bool = False) -> None:
    """Show `look` again and again while the run has anything new to show."""
    moves = run.busy

    @st.fragment(run_every=EVERY if moves else None)
    def fragment() -> None:
        run.touch()
        if run.result is not None:
            look(run.result)
        elif once_more:
            st.info("One moment: the first look at the untrained net …")
        if once_more and moves and not run.busy:
            st.rerun()  # the whole page: buttons change, and the polling ends

    fragment()


def errors(run: Run, result: Result) -> None:
    st.markdown("**How often it errs**")
    rows = {"raw pixels": run.experiment.pixels.scores}
    if run.untrained:
        rows["before tuning" if run.config.tuned else "untrained net"] = run.untrained.scores
    rows["this net"] = result.evaluation.scores
    st.altair_chart(charts.errors(rows), key="train_errors", alt=in_words(run, result))
    st.caption(
        "Equal error rate: the threshold lies where the share of strangers who pass for one person "
        "is that of one person's photos taken for two. 50 % is tossing a coin. AUC: the chance "
        "that a pair of one person is closer than a pair of strangers."
    )
    if run.config.tuned:
        st.caption(
            "The starter net measures against strangers, before tuning and after: a distance is "
            "relative to how near they come to a face. So it does on all pages."
        )
    if run.best and run.lost > max(WORSE, WORSE_BY * run.best.evaluation.scores.eer):
        better_before(run, run.best, result)
    st.markdown(
        f"{result.state.step:,} steps · {run.pictures_per_second:,.0f} photos a second · "
        f"{run.seconds:.0f} s"
    )


def better_before(run: Run, best: Result, now: Result) -> None:
    """It gets worse: say so, and offer the way back."""
    step = best.state.step
    when = f"At step {step:,}" if step else "Before the first step"
    st.warning(
        f"**It was better.** {when} the equal error rate was "
        f"{percent(best.evaluation.scores.eer)}, now it is {percent(now.evaluation.scores.eer)}. "
        "Smaller steps or more people may help. (The best look is chosen by the people of the "
        "test, so its figure flatters a little.)",
        icon=":material/trending_down:",
    )
    if st.button(f"Back to step {step:,}", icon=":material/undo:", key="train_back_to_best"):
        run.back_to_best()
        st.rerun()  # the whole page


def distances(run: Run, result: Result) -> None:
    st.markdown("**How far apart unseen photos lie**")
    look = result.evaluation
    st.altair_chart(
        charts.distances(look, reach(run, result)),
        key="train_distances",
        alt=f"Distances within a person: median {np.median(look.same):.2f}; between people: median "
        f"{np.median(look.different):.2f}; threshold {look.scores.threshold:.2f}.",
    )
    st.caption(
        f"{look.scores.pairs_same:,} pairs of one person, {look.scores.pairs_different:,} of two; "
        "each kind drawn to its own height."
    )


def losses(result: Result) -> None:
    from siamese.training import is_collapsed, is_shrunk, loss_of_collapse, order

    st.markdown("**Loss, on the people it learns from**")
    state = result.state
    if not len(state.history):
        st.caption("No step yet. Press **Train**, or **Step** for a single one.")
        return
    loss, collapse = state.column("loss"), loss_of_collapse(state.config)
    steps = state.step - len(loss) + 1 + np.arange(len(loss))
    st.altair_chart(
        charts.loss_curve(steps, loss, collapse),
        key="train_loss_curve",
        alt=f"Loss {loss[-1]:.3f} after {state.step} steps; a collapsed net has {collapse:.3f}.",
    )
    active = percent(float(state.column("active")[-10:].mean()))
    if is_collapsed(state):
        st.warning(
            "**Collapsed.** Every face gets nearly the same embedding, and the loss sits on the "
            "dashed line. Press *Reset* and try easier mining (all, semi-hard) or smaller steps.",
            icon=":material/warning:",
        )
    elif is_shrunk(state):
        st.info(
            f"**On one heap, but in order.** The distances between strangers are about "
            f"{state.column('different')[-10:].mean():.2f}, so hardly any reach the margin, and "
            f"the loss cannot leave the dashed line. Yet strangers are {order(state):.1f} times as "
            "far apart as photos of one person. The map and the error rate ask *who is nearer*, "
            "not *how near*: they can be good on a tiny heap.",
            icon=":material/zoom_in:",
        )
    else:
        st.caption(f"{active} of the pairs or triplets that were picked still have a loss.")


def in_words(run: Run, result: Result) -> str:
    scores = result.evaluation.scores
    return (
        f"After {result.state.step} steps the equal error rate on {scores.people} people whom the "
        f"net has never seen is {percent(scores.eer)}; with raw pixels it is "
        f"{percent(run.experiment.pixels.scores.eer)}. For {percent(scores.rank1)} of the photos "
        "the nearest other photo shows the same person."
    )


def reach(run: Run, result: Result) -> float:
    """Right end of the axis of distances: fixed where there is a largest distance."""
    if run.config.distance == "learned":
        return 1.0
    if run.config.normalise or run.config.distance == "cosine":
        return 2.0
    furthest = float(np.quantile(result.evaluation.different, 0.99))
    return float(2 ** np.ceil(np.log2(max(furthest, 1e-3))))
