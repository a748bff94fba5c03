"""Whom to ask: pixels, the untrained net, the shipped ones, and every run of the session."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import shipped
from pages.ui.state import SAMPLE, Session, session

if TYPE_CHECKING:
    from siamese.datasets import FaceSet
    from siamese.jobs import Run
    from siamese.judges import Judge

PIXELS, UNTRAINED = "Raw pixels", "Untrained net"
SHIPPED, STARTER = shipped.TITLES["small"], shipped.TITLES["starter"]
SHIPPED_NETS = {title: name for name, title in shipped.TITLES.items()}
UNTRAINED_ABOUT = "A small net with its first, random weights."


def names() -> list[str]:
    """All that can be asked, as on the screen and in links."""
    return [
        PIXELS,
        UNTRAINED,
        SHIPPED,
        STARTER,
        *(run.name for run in session().runs if run.result and run.result.state.step),
    ]


def judge(name: str) -> Judge:
    """Who goes by this name. Kept until the people, or the last look of the run, change."""
    here = session()
    if name in (SHIPPED, STARTER):
        return shipped.net("small" if name == SHIPPED else "starter")
    run = next((run for run in here.runs if run.result and run.name == name), None)
    since = (here.split, run.result if run else None)
    kept = here.judges.get(name)
    if kept is None or kept[0] != since:
        here.judges[name] = kept = since, _made(here, name, run)
    return kept[1]


def judges() -> dict[str, Judge]:
    """All of them by name."""
    return {name: judge(name) for name in names()}


def choose_judge(key: str, label: str = "Under which net", default: str = SHIPPED) -> Judge:
    """A choice that stands in the link; a run that is not here (any more) gives way."""
    known = names()
    if st.session_state.get(key) not in (None, *known):
        del st.session_state[key]
    return judge(
        st.selectbox(label, known, index=known.index(default), key=key, bind="query-params")
    )


def met(name: str, people: Collection[str]) -> list[str]:
    """Those of these people, named as in their data set, with whom a net has been trained."""
    run = next((run for run in session().runs if run.name == name), None)
    if not run and name not in SHIPPED_NETS:
        return []
    from siamese.experiment import is_new

    learnt = run.experiment.learnt if run else shipped.file(SHIPPED_NETS[name]).learnt
    new = is_new(people, learnt)
    return [person for person, is_stranger in zip(people, new, strict=True) if not is_stranger]


def is_met(name: str, faces: FaceSet) -> NDArray[np.bool_]:
    """For each picture, True where the net has been trained with its person."""
    known = set(met(name, faces.people))
    return np.array([person in known for person in faces.people], bool)[faces.labels]


def tested(name: str) -> str:
    """On whom a net's errors were measured."""
    here = session()
    run = next((run for run in here.runs if run.name == name), None)
    if name in SHIPPED_NETS:
        about = shipped.file(SHIPPED_NETS[name]).about
        return _people(about["scores"]["people_unseen"], about["source"])
    if run:
        return _people(len(run.experiment.strangers.people), run.experiment.source)
    return _people(len(here.split.unseen.people), here.source)


def _people(count: int, source: str) -> str:
    whose = {SAMPLE: "built-in people", "lfw_people.zip": "real people (LFW)"}
    return f"{count} {whose.get(source, f'people ({source})')}"


def _made(here: Session, name: str, run: Run | None) -> Judge:
    from siamese import judges, training

    if run and run.result:
        about = f"Your run, {run.result.state.step:,} steps of {run.config.loss} loss."
        return judges.of_state(run.result.state, run.result.evaluation, name, about)
    experiment = here.experiment("small")
    if name == PIXELS:
        return judges.of_pixels(experiment.pixels)
    state = training.start(training.preset("triplet"))
    return judges.of_state(state, experiment.evaluate(state), name, UNTRAINED_ABOUT)
