"""The visitor's training runs: begun, chosen, kept."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.ui import nets
from pages.ui.session import Session, settle
from pages.ui.text import plain
from pages.ui.train import controls, live
from siamese.losses import LOSSES

if TYPE_CHECKING:
    from siamese.checkpoints import Checkpoint
    from siamese.jobs import Run
    from siamese.training import TrainingConfig

KEPT = 12  # runs in a session; one takes some 10 MB
LIVE = ("margin", "lr")  # what may change while a run trains
LONGEST = 60  # letters of a run's name


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
    left = [run.name for run in session.runs if run is not session.active or run.state.step]
    taken = {_plain(name) for name in (*nets.ALWAYS, *left, *session.dropped_names)}
    numbered = (wanted if number == 1 else f"{wanted} ({number})" for number in count(1))
    return next(name for name in numbered if _plain(name) not in taken)


def _next_name(session: Session, loss: str) -> str:
    """'Triplet 2', if there has been one."""
    numbered = (f"{LOSSES[loss].label} {number}" for number in count(1))
    return next(name for name in numbered if free_name(session, name) == name)


def _plain(name: str) -> str:
    return "-".join(name.casefold().split())


def begin(
    session: Session, config: TrainingConfig, file: Checkpoint | None = None, name: str = ""
) -> Run:
    """A run at its first look, from the first step or from a file; it becomes the active one.

    Raises DataError where there is nobody to test it on.
    """
    from siamese import jobs, training
    from siamese.experiment import known_before

    run = jobs.Run(
        free_name(session, name) if name else _next_name(session, config.loss),
        file.resume() if file else training.start(config),
        session.experiment(config.net, file.learnt if file else known_before(config)),
        jobs.processes(),
    )
    activate(session, run)
    session.asked = config
    settle()
    return run


def activate(session: Session, run: Run) -> None:
    """Make this the run that is shown and trained. Others wait; one without a step is forgotten."""
    before = session.active
    if before is not None and before is not run:
        before.pause()
        if before.state.step == 0 and before in session.runs:
            session.runs.remove(before)
    if run not in session.runs:
        session.runs.append(run)
        if session.runs[:-KEPT]:
            del session.runs[:-KEPT]
            session.let_go()
    session.active, session.asked = run, None


def restart(session: Session, run: Run) -> None:
    """Begin anew with the settings of a run. If it has been trained, it stays on the shelf."""
    if run.state.step == 0:
        run.reset()
    else:
        begin(session, run.config)
        session.asked = None


def forget(session: Session, run: Run) -> None:
    """Drop a run. The last one that was dropped can be had back."""
    run.pause()
    session.runs.remove(run)
    session.dropped = run
    session.dropped_names.add(run.name)
    session.let_go()
    if session.active is run:
        session.active = None


def have_back(session: Session) -> None:
    """Undo the last `forget`."""
    if run := session.dropped:
        session.runs.append(run)
        session.dropped = None


def shelf(session: Session, active: Run) -> None:
    """The runs of this session: compare, show, download, drop; and load one from a file."""
    st.subheader("Runs of this session", anchor=False)
    for run in reversed(session.runs):
        _row(session, run, active)
    _dropped(session)
    _compare(session)
    with st.popover("Load a run", icon=":material/upload_file:"):
        st.file_uploader(
            "A model file that was downloaded here (.safetensors)",
            type="safetensors",
            key="model_file",
            on_change=_load,
            args=[session],
        )
    if problem := st.session_state.pop("model_problem", ""):
        st.error(plain(problem))
    st.caption(
        f"Runs live in this browser tab, {KEPT} of them: then the oldest makes room. A reload "
        "starts afresh: download what you want to keep."
    )


def _row(session: Session, run: Run, active: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"run-{id(run)}"):
        moves = run.busy
        told = st.fragment(_told, run_every=live.EVERY if moves else None)
        told(run, run is active, moves)
        if run is not active:
            st.button("Show", on_click=_show, args=[session, run], key=f"show-{id(run)}")
            st.button("Drop", on_click=forget, args=[session, run], key=f"drop-{id(run)}")


def _told(run: Run, is_active: bool, moves: bool) -> None:
    """How far a run has come, and its file."""
    if moves and not run.busy:
        st.rerun()  # the whole page, which then shows it at rest
    eer = f"EER {100 * run.result.evaluation.scores.eer:.1f} %" if run.result else "…"
    mark = ":material/play_circle:" if is_active else ":material/radio_button_unchecked:"
    margin = f" · margin {run.config.margin:g}" if run.config.margin else ""
    st.markdown(f"{mark} **{run.name}**{margin} · {run.state.step:,} steps · {eer}")
    st.space("stretch")
    st.download_button(
        "Download",
        run.save,
        file_name=f"{run.name.lower().replace(' ', '-')}.safetensors",
        icon=":material/download:",
        disabled=run.state.step == 0,
        on_click="ignore",
        key=f"download-{id(run)}",
    )


def _dropped(session: Session) -> None:
    """The way back for the last run that was dropped."""
    if run := session.dropped:
        with st.container(horizontal=True, vertical_alignment="center", key="dropped"):
            st.markdown(f":material/delete: **{run.name}** is dropped.", width="content")
            st.button("Undo", on_click=have_back, args=[session], key="undo_drop")


def _compare(session: Session) -> None:
    """ROC curves of the runs that have been trained, on the people that they have not seen."""
    trained = [run for run in session.runs if run.result and run.result.state.step]
    if len(trained) < 2:
        return
    from siamese import plots
    from siamese.verification import curve

    curves = {}
    for run in trained:
        look = run.result.evaluation  # type: ignore[union-attr]
        distance = np.concatenate([look.same, look.different])
        curves[run.name] = curve(distance, np.arange(len(distance)) < len(look.same))
    with st.expander("Compare the runs: every threshold at once"):
        words = "; ".join(
            f"{plain(run.name)}: EER {100 * run.result.evaluation.scores.eer:.1f} %"
            for run in trained
            if run.result
        )
        st.plotly_chart(plots.roc(curves), key="roc")
        st.caption(f"{words}. Runs on other people cannot be compared with each other.")


def _show(session: Session, run: Run) -> None:
    """Bring a run back to the page, and the controls with it."""
    activate(session, run)
    controls.put(run.config)


def _load(session: Session) -> None:
    from siamese.archives import DataError
    from siamese.checkpoints import CheckpointError, load

    upload = st.session_state["model_file"]
    if upload is None:
        return
    try:
        file = load(upload.getvalue())
        name = upload.name.removesuffix(".safetensors").strip()[:LONGEST]
        run = begin(session, file.config, file, name)
    except (CheckpointError, DataError) as error:
        st.session_state["model_problem"] = str(error)
        return
    _show(session, run)
