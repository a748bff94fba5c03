"""The race: how often each run of the session errs, against its steps or its seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import runs
from pages.ui.inputs import one_of
from pages.ui.session import Session
from pages.ui.text import percent
from siamese.losses import LOSSES

if TYPE_CHECKING:
    from siamese.jobs import Run
    from siamese.progress import Move

SETTINGS = {"margin": "margin", "lr": "learning rate"}
AGAINST = ("Steps", "Seconds")


def choose_axis() -> str:
    """What the lines are drawn against, as the browser calls it: 'steps' or 'seconds'."""
    with st.container(horizontal=True, vertical_alignment="center", key="train_race"):
        st.markdown("**How often it errs**, on people it has never seen", width="content")
        st.space("stretch")
        chosen = one_of("Drawn against", AGAINST, key="train_against", label_visibility="collapsed")
    return chosen.lower()


def others(session: Session, active: Run) -> list[dict[str, Any]]:
    """The lines of the runs that wait and have been tested on the same people."""
    return [
        told(run) | {"name": run.name, "line": runs.line(session, run)} | listed(arrays(run))
        for run in session.runs
        if run is not active and run.steps and run.result and is_alike(run, active)
    ]


def left_out(session: Session, active: Run) -> str:
    """Which runs of the session the race leaves out, and why."""
    count = sum(bool(run.steps) and not is_alike(run, active) for run in session.runs)
    if not count:
        return ""
    who = "One run" if count == 1 else f"{count} runs"
    return f"{who} of this session tested on other people cannot be compared and is left out."


def later(session: Session, active: Run) -> str:
    """Which lines do not begin with the first step."""
    names = [
        f"“{run.name}”"
        for run in session.runs
        if is_alike(run, active) and run.history.snapshots and run.history.snapshots[0].step
    ]
    if not names:
        return ""
    return f"From a file, and seen from there on, seconds too: {', '.join(names)}."


def is_alike(run: Run, other: Run) -> bool:
    """Have both been tested on the same photos?"""
    one, two = run.experiment, other.experiment
    return one.split is two.split and one.unseen_people.people == two.unseen_people.people


def arrays(run: Run) -> dict[str, NDArray[Any]]:
    """A line, point by point (looks,): steps, seconds of training, equal error rates."""
    looks = run.history.snapshots
    return {
        "race_steps": np.array([look.step for look in looks]),
        "race_seconds": np.array([look.seconds for look in looks]),
        "race_rates": np.array([look.scores.eer for look in looks]),
    }


def told(run: Run) -> dict[str, Any]:
    """Marks on a line, where a setting was moved."""
    from siamese.progress import moves

    assert run.result is not None
    return {"race_marks": [mark(move) for move in moves(run.result.state)]}


def mark(move: Move) -> dict[str, Any]:
    """Where a mark lies, and what it says."""
    name = SETTINGS[move.name]
    says = f"step {move.step:,}: {name} from {move.before:g} to {move.after:g}"
    return {"step": move.step, "says": says}


def listed(found: Mapping[str, NDArray[Any]]) -> dict[str, list[float]]:
    """Arrays for the data of a component, in as many digits as can be seen."""
    return {name: [round(float(it), 4) for it in values] for name, values in found.items()}


def in_words(run: Run) -> str:
    """The rates of a net and of what it has to beat."""
    assert run.result is not None
    scores = run.result.evaluation.scores
    before = "before tuning" if run.config.tuned else "untrained"
    first = f"{before} {percent(run.untrained.scores.eer)} · " if run.untrained else ""
    return (
        f"This net {percent(scores.eer)} (AUC {scores.auc:.3f}) · {first}"
        f"raw pixels {percent(run.experiment.pixels.scores.eer)}"
    )


def rivals(run: Run, begin: Callable[[str], None]) -> None:
    """Same seed, other loss: a button for each."""
    with st.container(horizontal=True, vertical_alignment="center", key="train_rivals"):
        st.markdown(
            "Same seed, other loss:",
            width="content",
            help="Trains the same net from the same first weights on the same people, and draws "
            "its line beside this one.",
        )
        for loss, spec in LOSSES.items():
            if loss != run.config.loss and not (loss == "bce" and run.config.tuned):
                st.button(
                    spec.label,
                    on_click=begin,
                    args=[loss],
                    icon=":material/flag:",
                    key=f"train_rival_{loss.replace('-', '_')}",
                )
