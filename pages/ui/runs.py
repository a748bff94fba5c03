"""The visitor's training runs: begun, chosen, kept."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import streamlit as st

from pages.ui import nets
from pages.ui.session import Session, garbage
from pages.ui.text import MINING, in_link
from siamese.losses import LOSSES

if TYPE_CHECKING:
    from siamese.checkpoints import Checkpoint
    from siamese.config import TrainingConfig
    from siamese.jobs import Run

KEPT = 12  # runs in a session; one takes some 10 MB
LIVE = ("margin", "lr")  # what may change while a run trains
LONGEST = 60  # letters of a run's name
NETS = {"plane": "plane", "starter": "starter's net", "baseline": "baseline"}  # in names


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
            _move(session, run, moved)  # the rest may be beyond its control, in a run from a file
            return run
    return again(session, config) or begin(session, config)


def _move(session: Session, run: Run, moved: dict[str, float]) -> None:
    """Other values from the next turn on. A run that has not begun is named by what it has now."""
    before = run.config
    run.change(**moved)
    if run.steps == 0 and run.name == free_name(session, called(before), run):
        run.rename(free_name(session, called(run.config), run))


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


def called(config: TrainingConfig) -> str:
    """'Triplet · margin 0.2 · the hardest': the loss, and what is not as usual for it, as far as
    there is room."""
    name = LOSSES[config.loss].label
    for part in _unusual(config):
        longer = f"{name} · {part}"
        name = longer if len(longer) <= LONGEST else name
    return name


def _unusual(config: TrainingConfig) -> list[str]:
    """What is not as a preset has it, in a word or two each, what matters most first."""
    from siamese.config import preset

    usual = preset(config.loss, config.net, tuned=config.tuned)
    parts = {
        "the starter tuned": config.tuned,
        NETS.get(config.net, config.net): config.net != "small" and not config.tuned,
        f"margin {config.margin:g}": not math.isclose(config.margin, usual.margin),
        MINING[config.mining].lower(): config.mining != usual.mining,
        f"rate {config.lr:g}": not math.isclose(config.lr, usual.lr),
        f"{config.embedding} numbers": config.embedding != usual.embedding,
        "any length": usual.normalise and not config.normalise,
        f"{config.people} × {config.pictures}": (config.people, config.pictures)
        != (usual.people, usual.pictures),
        f"seed {config.seed}": config.seed != usual.seed,
    }
    return [part for part, is_told in parts.items() if is_told]


def rename(session: Session, run: Run, wanted: str) -> None:
    """Another name, or that with a number where it is taken. What has been chosen by the old one,
    on other pages too, goes on to be this run, and no other run will have it. For callbacks."""
    before, bare = run.name, " ".join(wanted.split())[:LONGEST]
    if not bare or bare == before:
        return
    run.rename(free_name(session, bare, run))
    former = session.former_names
    former |= {name: run.name for name, now in former.items() if now == before}
    former[before] = run.name
    for key, value in st.session_state.items():
        if value == before:
            st.session_state[key] = run.name


def line(session: Session, run: Run) -> int:
    """The number of a run's line in charts: its own as long as it is kept, the lowest that is
    free."""
    lines = session.lines
    if run not in lines:
        lines[run] = next(number for number in count() if number not in lines.values())
    return lines[run]


def free_name(session: Session, wanted: str, itself: Run | None = None) -> str:
    """The name or, where another net goes or went by it, the name with a number. Capitals and
    spaces make no difference: they do not in links. A run without a step will be forgotten."""
    others = [run for run in session.runs if run is not itself]
    left = [run.name for run in others if run is not session.active or run.steps]
    mine = itself.name if itself else None
    left += [name for name, now in session.former_names.items() if now != mine]
    taken = {in_link(name) for name in (*nets.ALWAYS, *left)}
    endings = (f" ({number})" if number > 1 else "" for number in count(1))
    numbered = (wanted[: LONGEST - len(ending)] + ending for ending in endings)
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
        free_name(session, name or called(config)),
        file.resume() if file else first_state(config),
        session.experiment(config.net, file.trained_on if file else known_before(config)),
        jobs.processes(),
    )
    activate(session, run)
    session.asked = config
    garbage.settle()
    return run


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


def rival(session: Session, run: Run, loss: str) -> Run:
    """Same seed, other loss: train a run that differs from this one in its loss alone, the one
    that is there already or a new one. This one waits on the shelf. DataError as in `begin`."""
    from siamese.config import with_loss

    config = with_loss(run.config, loss)
    other = again(session, config) or begin(session, config)
    session.asked = None  # the controls may not reach all of it
    other.play()
    return other


def restart(session: Session, run: Run) -> None:
    """Begin anew with the settings of a run. If it has been trained, it stays on the shelf."""
    if run.steps == 0:
        run.reset()
    else:
        begin(session, run.config)
        session.asked = None
