"""The visitor's training runs: begun, chosen, kept."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import streamlit as st

from pages.ui import nets
from pages.ui.session import Session, settle
from pages.ui.text import in_link
from siamese.losses import LOSSES

if TYPE_CHECKING:
    from siamese.checkpoints import Checkpoint
    from siamese.config import TrainingConfig
    from siamese.jobs import Run

KEPT = 12  # runs in a session; one takes some 10 MB
LIVE = ("margin", "lr")  # what may change while a run trains


def current(session: Session, config: TrainingConfig) -> Run:
    """The active run; margin and learning rate are handed on to it as the controls move.

    Other people or any other change of a control make another net: the run that has been trained
    with these settings is shown again, or there is a new one. The old one is kept.
    """
    run, before = session.active, session.asked
    session.asked = config
    if run is not None and run.experiment.split is session.split:
        if before is None or before == config:
            return run
        wanted = {name: getattr(config, name) for name in LIVE}
        if replace(before, **wanted) == config:
            moved = {
                name: value for name, value in wanted.items() if value != getattr(before, name)
            }
            run.change(**moved)  # the rest may lie beyond its control, in a run from a file
            return run
    return again(session, config) or begin(session, config)


def again(session: Session, config: TrainingConfig) -> Run | None:
    """The latest run of these people with these very settings, made the active one."""
    for run in reversed(session.runs):
        if run.config == config and run.experiment.split is session.split:
            activate(session, run)
            session.asked = config
            return run
    return None


def play_if_asked(run: Run) -> None:
    """A link with `run=1` presses Train, once: not on a run that has been trained already."""
    if st.query_params.get("run") == "1":
        del st.query_params["run"]
        if run.status == "ready":
            run.play()


def free_name(session: Session, wanted: str) -> str:
    """The name or, where another net goes or went by it, the name with a number. Capitals and
    spaces make no difference: they do not in links. A run without a step will be forgotten."""
    left = [run.name for run in session.runs if run is not session.active or run.steps]
    taken = {in_link(name) for name in (*nets.ALWAYS, *left, *session.dropped_names)}
    numbered = (wanted if number == 1 else f"{wanted} ({number})" for number in count(1))
    return next(name for name in numbered if in_link(name) not in taken)


def begin(
    session: Session, config: TrainingConfig, file: Checkpoint | None = None, name: str = ""
) -> Run:
    """A run at its first look, from the first step or from a file; it becomes the active one.

    Raises DataError where there is nobody to test it on.
    """
    from siamese import jobs
    from siamese.experiment import first_state, known_before

    run = jobs.Run(
        free_name(session, name) if name else _next_name(session, config.loss),
        file.resume() if file else first_state(config),
        session.experiment(config.net, file.trained_on if file else known_before(config)),
        jobs.processes(),
    )
    activate(session, run)
    session.asked = config
    settle()
    return run


def _next_name(session: Session, loss: str) -> str:
    """'Triplet 2', if there has been one."""
    numbered = (f"{LOSSES[loss].label} {number}" for number in count(1))
    return next(name for name in numbered if free_name(session, name) == name)


def activate(session: Session, run: Run) -> None:
    """Make this the run that is shown and trained. Others wait; one without a step is forgotten."""
    before = session.active
    if before is not None and before is not run:
        before.pause()
        if before.steps == 0 and before in session.runs:
            session.runs.remove(before)
    if run not in session.runs:
        session.runs.append(run)
        if session.runs[:-KEPT]:
            del session.runs[:-KEPT]
            session.let_go()
    session.active, session.asked = run, None


def restart(session: Session, run: Run) -> None:
    """Begin anew with the settings of a run. If it has been trained, it stays on the shelf."""
    if run.steps == 0:
        run.reset()
    else:
        begin(session, run.config)
        session.asked = None
