"""The runs that are kept: compared, shown again, taken home, brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.ui.admission import admit
from pages.ui.runs import KEPT, LONGEST, activate, begin, rename, rival
from pages.ui.session import Session
from pages.ui.text import in_file, percent, plain
from pages.ui.train import book, controls
from pages.ui.train.home import take_home
from pages.ui.wire import wire

if TYPE_CHECKING:
    from siamese.jobs import Run


def forget(session: Session, run: Run) -> None:
    """Drop a run. The last one that was dropped can be had back."""
    run.pause()
    session.runs.remove(run)
    session.dropped = run
    session.former_names[run.name] = run.name
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
    with st.container(horizontal=True):
        book.hand_out(session)
        with st.popover("Load a run", icon=":material/upload_file:"):
            st.file_uploader(
                "A model file that was downloaded here (.safetensors)",
                type="safetensors",
                key="train_model_file",
                on_change=_load,
                args=[session],
            )
    if problem := st.session_state.pop("train_model_problem", ""):
        st.error(plain(problem))
    st.caption(
        f"Runs live in this browser tab, {KEPT} of them: then the oldest makes room. A reload "
        "starts afresh: download what you want to keep."
    )


def _row(session: Session, run: Run, active: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"train-run-{id(run)}"):
        _told(run, run is active)
        take_home(run)
        _rename(session, run)
        if run is not active:
            st.button("Show", on_click=_show, args=[session, run], key=f"train-show-{id(run)}")
            st.button("Drop", on_click=forget, args=[session, run], key=f"train-drop-{id(run)}")


def _told(run: Run, is_active: bool) -> None:
    """How far a run has come, and its file."""
    mark = ":material/play_circle:" if is_active else ":material/radio_button_unchecked:"
    st.markdown(f"{mark} **{plain(run.name)}**", width="content")
    progress = wire.in_brief(run, {})["progress"]
    if is_active:
        wire.line("progress", progress, f"train-progress-{id(run)}")
    else:
        st.markdown(progress, width="content")
    st.space("stretch")
    st.download_button(
        "Download",
        run.save,
        file_name=f"{in_file(run.name)}.safetensors",
        icon=":material/download:",
        disabled=run.steps == 0,
        on_click="ignore",
        key=f"train-download-{id(run)}",
    )


def _rename(session: Session, run: Run) -> None:
    """Press, write, Enter."""
    field = f"train-name-{id(run)}-{run.name}"  # another name is another field, and it is folded
    with st.popover("Rename", icon=":material/edit:", key=f"train-rename-{id(run)}-{run.name}"):
        st.text_input(
            "Name of this run",
            run.name,
            max_chars=LONGEST,
            key=field,
            on_change=_renamed,
            args=[session, run, field],
        )


def _renamed(session: Session, run: Run, field: str) -> None:
    rename(session, run, st.session_state[field])


def _dropped(session: Session) -> None:
    """The way back for the last run that was dropped."""
    if run := session.dropped:
        with st.container(horizontal=True, vertical_alignment="center", key="train_dropped"):
            st.markdown(f":material/delete: **{plain(run.name)}** is dropped.", width="content")
            st.button("Undo", on_click=have_back, args=[session], key="train_undo_drop")


def _compare(session: Session) -> None:
    """ROC curves of the runs that have been trained, on the people that they have not seen."""
    trained = [run for run in session.runs if run.home and run.home.state.step]
    if len(trained) < 2:
        return
    from siamese import plots
    from siamese.verification import curve

    curves = {}
    for run in trained:
        evaluation = run.home.evaluation  # type: ignore[union-attr]
        distance = np.concatenate([evaluation.same, evaluation.different])
        curves[run.name] = curve(distance, np.arange(len(distance)) < len(evaluation.same))
    with st.expander("Compare the runs: every threshold at once"):
        words = "; ".join(
            f"{plain(run.name)}: EER {percent(run.home.evaluation.scores.eer)}"
            for run in trained
            if run.home
        )
        st.plotly_chart(plots.roc(curves), key="train_roc")
        st.caption(f"{words}. Runs on other people cannot be compared with each other.")


def _show(session: Session, run: Run) -> None:
    """Bring a run back to the page, and the controls with it."""
    activate(session, run)
    controls.put(run.config)


def race(session: Session, run: Run, loss: str) -> None:
    """Same seed, other loss: on the page and on its way. For callbacks."""
    controls.put(rival(session, run, loss).config)


def _load(session: Session) -> None:
    from siamese.allowances import FullError
    from siamese.checkpoints import CheckpointError, load
    from siamese.faces import DataError

    upload = st.session_state["train_model_file"]
    if upload is None:
        return
    try:
        admit(upload)
        file = load(upload.getvalue())
        name = upload.name.removesuffix(".safetensors").strip()[:LONGEST]
        run = begin(session, file.config, file, name)
    except (CheckpointError, DataError, FullError) as error:
        st.session_state["train_model_problem"] = str(error)
        return
    _show(session, run)
