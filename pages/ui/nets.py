"""Whom to ask: pixels, the untrained net, what comes with the lab, and every run of the session."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import shipped
from pages.ui.session import SAMPLE, Session, session
from pages.ui.text import counted
from siamese import reference
from siamese.sharing import with_each

if TYPE_CHECKING:
    from siamese.experiment import Experiment
    from siamese.faces import FaceSet
    from siamese.jobs import Result
    from siamese.verifiers import Verifier

PIXELS, UNTRAINED = "Raw pixels", "Untrained net"
SHIPPED, STARTER = shipped.TITLES["small"], shipped.TITLES["starter"]
SHIPPED_NETS = {title: name for name, title in shipped.TITLES.items()}
UNTRAINED_ABOUT = "A small net with its first, random weights."
SFACE = reference.NAME
ALWAYS = (PIXELS, UNTRAINED, SHIPPED, STARTER, SFACE)  # no run may be called so
MEASURED = {  # those whose distances on real people are kept, the best first: their names there
    SFACE: "sface",
    STARTER: "starter",
    SHIPPED: "small",
    UNTRAINED: "untrained",
    PIXELS: "pixels",
}
REAL = (PIXELS, UNTRAINED, SHIPPED)  # see `on_real_people`
REAL_SOURCE = "real people (LFW)"


def names() -> list[str]:
    """All that can be asked, as on the screen and in links."""
    industrial = [SFACE] if reference.available() else []
    runs = (run.name for run in session().runs if run.home and run.home.state.step)
    return [PIXELS, UNTRAINED, SHIPPED, STARTER, *industrial, *runs]


def verifier(name: str) -> Verifier:
    """Who goes by this name. Kept until the people, or the last look of the run, change."""
    here = session()
    if name in SHIPPED_NETS:
        return shipped.net(SHIPPED_NETS[name])
    if name == SFACE:
        return shipped.industrial()
    result = next((run.home for run in here.runs if run.name == name), None)
    since = here.split, result
    kept = here.verifiers.get(name)
    if kept is None or kept[0] != since:
        here.verifiers[name] = kept = since, _made(here, name, result)
    return kept[1]


def on_real_people(name: str) -> Verifier:
    """The same with threshold and errors of real people, where a net that is always there was
    tested on other ones."""
    return _on_real_people(verifier(name)) if name in REAL else verifier(name)


@with_each
def _on_real_people(verifier: Verifier) -> Verifier:
    from siamese.real_people import tested

    return tested(verifier, MEASURED[verifier.name])


def choose_verifier(
    key: str, label: str = "Under which net", default: str = "", drawn: bool = False
) -> Verifier:
    """A choice that stands in the link, at first the `default` or the usual net; a run that is not
    here (any more) gives way. Of `drawn` people the industrial network is not asked: it has learnt
    from others."""
    known, first = [name for name in names() if not (drawn and name == SFACE)], default or usual()
    if st.session_state.get(key) not in (None, *known):
        del st.session_state[key]
    follow(key, first)
    return verifier(
        st.selectbox(label, known, index=known.index(first), key=key, bind="query-params")
    )


def usual() -> str:
    """The net to begin with: the best one for real photos once there is one, but for people from
    whom it has learnt."""
    here = session()
    if not real_photos() or len(trained_on(STARTER, here.faces.people)) == len(here.faces.people):
        return SHIPPED
    return STARTER


def real_photos() -> bool:
    """Is somebody here whom our program has not drawn?"""
    here = session()
    return here.real or here.source != SAMPLE


def follow(key: str, value: object) -> None:
    """Let a widget go to its new first value, unless its visitor has moved it."""
    before = st.session_state.get(f"{key}_first", value)
    if before != value and st.session_state.get(key) == before:
        st.session_state[key] = value  # said to the browser, too, which shows the old one otherwise
    st.session_state[f"{key}_first"] = value


def trained_on(name: str, people: Collection[str]) -> list[str]:
    """Those of these people, named as in their data set, with whom a net has been trained."""
    run = next((run for run in session().runs if run.name == name), None)
    if not run and name not in SHIPPED_NETS:
        return []
    from siamese.experiment import is_new

    learnt = run.experiment.trained_on if run else shipped.file(SHIPPED_NETS[name]).trained_on
    new = is_new(people, learnt)
    return [person for person, one_is_new in zip(people, new, strict=True) if not one_is_new]


def is_trained_on(name: str, faces: FaceSet) -> NDArray[np.bool_]:
    """For each picture, True where the net has been trained with its person."""
    known = set(trained_on(name, faces.people))
    return np.array([person in known for person in faces.people], bool)[faces.labels]


def tested(name: str, real: bool) -> str:
    """On whom a net's errors were measured: those of `on_real_people` if `real`."""
    here = session()
    if name == SFACE or (real and name in REAL):
        from siamese.real_people import measured

        return f"{measured(MEASURED[name]).people:,} {REAL_SOURCE}"
    run = next((run for run in here.runs if run.name == name), None)
    if name in SHIPPED_NETS:
        about = shipped.file(SHIPPED_NETS[name]).about
        return _people(about["scores"]["people_unseen"], about["source"])
    if run:
        return _people(len(run.experiment.unseen_people.people), run.experiment.source)
    return _people(len(here.split.unseen.people), here.source)


def _people(count: int, source: str) -> str:
    whose = {SAMPLE: "built-in people", "lfw_people.zip": REAL_SOURCE}
    return f"{count} {whose.get(source, f'people ({source})')}"


def _made(here: Session, name: str, result: Result | None) -> Verifier:
    if result:
        from siamese import verifiers

        about = (
            f"Your run, {counted(result.state.step, 'step')} of {result.state.config.loss} loss."
        )
        return verifiers.of_state(result.state, result.evaluation, name, about)
    experiment = here.experiment("small")
    return _pixels(experiment) if name == PIXELS else _untrained(experiment)


@with_each
def _pixels(experiment: Experiment) -> Verifier:
    from siamese import verifiers

    return verifiers.of_pixels(experiment.pixels)


@with_each
def _untrained(experiment: Experiment) -> Verifier:
    from siamese import config, training, verifiers

    state = training.start(config.preset("triplet"))
    return verifiers.of_state(state, experiment.evaluate(state), UNTRAINED, UNTRAINED_ABOUT)
