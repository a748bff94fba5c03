"""The live parts of the Train page: what a run looks like at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.facemap.facemap import facemap
from pages.ui.facemap.sprites import Sprites
from pages.ui.photo import titles
from pages.ui.session import Session
from pages.ui.text import counted, percent
from pages.ui.train import curves, race, trend
from pages.ui.wire import wire
from pages.ui.wire.wire import Feed, Told
from siamese.sharing import with_each

if TYPE_CHECKING:
    from siamese.experiment import Experiment
    from siamese.jobs import Result, Run
    from siamese.progress import Trouble
    from siamese.training import TrainingState

METHODS = {
    "umap": "UMAP draws it: sizes and gaps mean little.",
    "pca": "PCA draws it, until UMAP has warmed up.",
    "plane": "This is the embedding itself: it has two numbers.",
}
RATES = (
    "Equal error rate: the threshold lies where the share of pairs of two people that pass for one "
    "is that of pairs of one person taken for two. 50 % is tossing a coin. AUC: the chance that a "
    "pair of one person is closer than a pair of two."
)
TUNED = (
    " The starter net measures against a cohort of other people, before tuning and after: a "
    "distance is relative to how near they come to a face. So it does on all pages."
)


def begin(here: Session, run: Run) -> Feed:
    """From now on the visitor is shown this run."""
    run.watch()
    here.feed = feed = Feed(run, tell)
    return feed


def tell(run: Run) -> Told:
    """All that moves, in words, numbers and arrays."""
    from siamese.progress import trouble

    result = run.result
    assert result is not None
    look = result.evaluation
    found = trouble(result.state, run.history.snapshots)
    words = {
        "caption": in_words(run, result),
        "notice": f"{result.map_method}{' worse' if can_go_back(run, found) else ''}",
        "trend": trend.in_words(run, found),
        "race_note": race.in_words(run),
        "errors_note": RATES + (TUNED if run.config.tuned else ""),
        "pace": f"{counted(run.steps, 'step')} · {run.pictures_per_second:,.0f} photos a second · "
        f"{run.seconds:.0f} s",
        "share": share(run),
        **distances(run, result),
        **losses(result.state),
        **race.told(run),
    }
    reach = words["reach"]
    steps, loss = curves.loss(result.state)
    arrays: dict[str, NDArray[Any]] = {
        "map": result.map,
        "same": curves.histogram(look.same, reach),
        "different": curves.histogram(look.different, reach),
        "steps": steps,
        "loss": loss,
        **race.arrays(run),
    }
    return words, arrays


def share(run: Run) -> str:
    """What a run gets among others, where it has to wait for them, and where a cluster that should
    train it does not."""
    if run.status != "running":
        return ""
    return f"{_turns(run)} {run.pool.notice}".strip()


def _turns(run: Run) -> str:
    runs, cores = run.shares
    if runs <= cores:
        return ""
    seconds = f"{max(1, round(run.every))} s" if run.every else "few seconds"
    return f"{runs} runs share {counted(cores, 'core')}: your turn comes every {seconds}."


def distances(run: Run, result: Result) -> dict[str, Any]:
    """How far apart the unseen photos lie: the axis, the threshold, and both in words."""
    look, scores = result.evaluation, result.evaluation.scores
    return {
        "reach": curves.reach(run, look),
        "threshold": curves.finite(scores.threshold),
        "distances_words": f"Distances within a person: median {np.median(look.same):.2f}; between "
        f"people: median {np.median(look.different):.2f}; threshold {scores.threshold:.2f}.",
        "distances_note": f"{counted(scores.pairs_same, 'pair')} of one person, "
        f"{scores.pairs_different:,} of two; each kind drawn to its own height.",
    }


def losses(state: TrainingState) -> dict[str, Any]:
    """What there is to say of the loss, on the people that the net learns from."""
    from siamese.training import is_shrunk, loss_of_collapse

    collapse = loss_of_collapse(state.config)
    if not len(state.history):
        note = "No step yet. Press Train, or Step for a single one."
        return {"collapse": collapse, "loss_words": "", "loss_note": note}
    last = state.column("loss")[-1]
    return {
        "collapse": collapse,
        "loss_words": f"Loss {last:.3f} after {counted(state.step, 'step')}; a collapsed net has "
        f"{collapse:.3f}.",
        "loss_note": shrunk(state) if is_shrunk(state) else active(state),
    }


def active(state: TrainingState) -> str:
    share = percent(float(state.column("active")[-10:].mean()))
    return f"{share} of the pairs or triplets that were picked still have a loss."


def shrunk(state: TrainingState) -> str:
    from siamese.training import order

    reached = "so hardly any reach the margin, and " if state.config.margin else "and "
    return (
        f"On one heap, but in order. The distances between different people are about "
        f"{state.column('different')[-10:].mean():.2g}, {reached}the loss cannot leave the dashed "
        f"line. Yet different people are {order(state):.1f} times as far apart as photos of "
        "one person. The map and the error rate ask who is nearer, not how near: they can be "
        "good on a tiny heap."
    )


def map_and_scores(run: Run) -> None:
    """The map of the unseen people, and how well the net tells them apart."""
    unseen = run.experiment.unseen_people
    sprites = _sprites(run.experiment)
    sprites.mount()
    if run.result is None:
        st.info("One moment: the first look at the untrained net …")
        return
    with st.container(key="train_in_sight", gap="xsmall"):
        facemap(
            run.result.map,
            unseen.labels,
            titles(unseen),
            sprites,
            key=f"train-map-{sprites.digest}",
            height=500,
            caption_text=in_words(run, run.result),
            follows=run.name,
        )
        wire.line("race_note", race.in_words(run), "train_now")
    trained_on = len(run.experiment.split.unseen.people) - len(unseen.people)
    left_out = (
        f" {counted(trained_on, 'more is', 'more are')} left out: the net has learnt from them "
        f"before."
        if trained_on
        else ""
    )
    st.caption(
        f"{len(unseen.people)} people whom the net has **never seen**: a dot is a photo, a colour "
        f"is a person.{left_out} {METHODS[run.result.map_method]}"
    )


@with_each
def _sprites(experiment: Experiment) -> Sprites:
    return Sprites.of(experiment.unseen_people)


def can_go_back(run: Run, found: Trouble | None) -> bool:
    """Does it get worse, and is the state of its best look here?"""
    return found is not None and found.kind == "worse" and run.best is not None


def way_back(run: Run) -> None:
    """It gets worse, as the chart says: a button that leads back."""
    from siamese.progress import trouble

    if run.result is None or run.best is None:
        return
    if can_go_back(run, trouble(run.result.state, run.history.snapshots)):
        step = run.best.state.step
        if st.button(f"Back to step {step:,}", icon=":material/undo:", key="train_back_to_best"):
            run.back_to_best()
            st.rerun()  # the whole page


def in_words(run: Run, result: Result) -> str:
    scores = result.evaluation.scores
    return (
        f"After {counted(result.state.step, 'step')} the equal error rate on {scores.people} "
        f"people whom the net has never seen is {percent(scores.eer)}; with raw pixels it is "
        f"{percent(run.experiment.pixels.scores.eer)}. For {percent(scores.rank1)} of the photos "
        "the nearest other photo shows the same person."
    )
