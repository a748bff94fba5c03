"""The maps of a run's history, one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd
import streamlit as st

from pages.ui import nets, runs
from pages.ui.charts import plot
from pages.ui.facemap.facemap import Film, facemap
from pages.ui.facemap.sprites import Sprites
from pages.ui.frame import page_link
from pages.ui.map import spaces
from pages.ui.map.drawing import METHODS, Drawing, refine
from pages.ui.map.explore import POLL, SHORT
from pages.ui.map.space import FaceSpace, Floats
from pages.ui.photo import titles
from pages.ui.session import session
from pages.ui.text import counted, percent, plain
from pages.ui.wire import wire
from siamese import plots

if TYPE_CHECKING:
    from siamese.history import Snapshot
    from siamese.jobs import Run


def over_time(space: FaceSpace, drawing: Drawing) -> None:
    """The history of a run, played."""
    known = [run for run in session().runs if run.result or run.busy]
    if not known:
        _no_run()
        return
    run = spaces.run_of(space.verifier) or known[-1]
    if run.name != space.verifier.name:
        st.caption(
            f"*{plain(space.verifier.name)}* has no history here, so this is your run "
            f"**{plain(run.name)}**; choose "
            "another one as *Net*."
        )
    above = st.container()
    drawing = refine(replace(drawing, dimensions=2), len(run.experiment.unseen.labels))
    with above:
        _history(run, drawing)


def _no_run() -> None:
    st.info(
        "No net has been trained in this session, so there is no history to play.",
        icon=":material/history:",
    )
    with st.container(horizontal=True):
        st.button("Train one now", type="primary", on_click=_begin, key="map_begin")
        page_link("pages/train/train.py", "Or on the page *Train a net*")


def _begin() -> None:
    """A short run with the usual settings."""
    from siamese.config import preset

    run = runs.begin(session(), preset("contrastive"))
    run.limit = SHORT
    run.play()
    session().handed = run.config  # the page *Train a net* goes on with it
    st.session_state[spaces.NET] = nets.usual()


def _history(run: Run, drawing: Drawing) -> None:
    waits = run.busy or _film(run, drawing, 0.8) is None

    @st.fragment(run_every=POLL if waits else None)
    def view() -> None:
        run.touch()
        if run.busy:
            share = min(1.0, run.steps / max(run.limit, 1))
            words = f"{run.name} trains: step {run.steps:,} of {run.limit:,}"
            st.progress(share, plain(wire.queued(run) or words))
            st.button("That is enough", on_click=run.pause, key="map_enough")
            st.caption("Its history is played when it pauses or has finished.")
            return
        film = _film(run, drawing, 0.05)
        if film is None:
            st.status("Drawing a map for every moment …", state="running")
        elif waits:
            st.rerun()  # the whole page, which then asks no more
        else:
            _played(run, drawing, film)

    view()


def _film(run: Run, drawing: Drawing, wait: float) -> list[Floats] | None:
    """The maps of a run's history; None while they are being drawn."""
    from concurrent.futures import BrokenExecutor, TimeoutError

    from siamese import jobs

    snapshots = run.history.snapshots
    key = (run.history, len(snapshots), snapshots[-1].step if snapshots else 0, drawing)
    kept = session().kept.get("map_film")
    if kept is None or kept[0] != key:
        if run.busy or not snapshots:
            return None
        moments = [snapshot.embedding for snapshot in snapshots]
        try:
            job = jobs.processes().submit(
                jobs.lay_out_film, moments, drawing.method, dict(drawing.choices)
            )
        except (BrokenExecutor, OSError):
            return None  # no worker is to be had; the next look asks again
        kept = session().kept["map_film"] = key, job
    try:
        maps: list[Floats] = kept[1].result(wait)
    except TimeoutError:
        return None
    except BrokenExecutor:
        del session().kept["map_film"]  # the worker has died; the next look asks another
        return None
    return maps


def _played(run: Run, drawing: Drawing, maps: list[Floats]) -> None:
    snapshots = run.history.snapshots[: len(maps)]
    unseen = run.experiment.unseen_people
    sprites = Sprites.of(unseen)
    sprites.mount()
    facemap(
        maps[0],
        unseen.labels,
        titles(unseen),
        sprites,
        key="map_film_map",
        height=620,
        caption_text=f"From step {snapshots[0].step} to {snapshots[-1].step}. {at(snapshots[-1])}",
        film=Film(maps, [at(snapshot) for snapshot in snapshots]),
    )
    st.caption(
        f"{len(unseen.people)} people whom the net has **never seen**, at "
        f"{counted(len(snapshots), 'moment')} of {plain(run.name)}. Each map by "
        f"{METHODS[drawing.method]} starts from its neighbour in "
        "time, so that points glide; the numbers are of the space, not of the map."
    )
    plot(_learning(snapshots), key="map_learning", alt=learnt(snapshots))
    st.caption(learnt(snapshots))


def at(snapshot: Snapshot) -> str:
    """One moment in numbers."""
    found = snapshot.scores
    return (
        f"Step {snapshot.step:,} · EER {percent(found.eer)} · AUC {found.auc:.3f} · nearest "
        f"neighbour right {percent(found.rank1)} · same person {snapshot.same:.2f} apart, two "
        f"people {snapshot.different:.2f}"
    )


def learnt(snapshots: tuple[Snapshot, ...]) -> str:
    first, last = snapshots[0], snapshots[-1]
    return (
        f"Equal error rate on unseen people: {percent(first.scores.eer)} at step {first.step:,}, "
        f"{percent(last.scores.eer)} at step {last.step:,}."
    )


def _learning(snapshots: tuple[Snapshot, ...]) -> alt.Chart:
    frame = pd.DataFrame(
        {
            "step": [snapshot.step for snapshot in snapshots],
            "EER": [snapshot.scores.eer for snapshot in snapshots],
        }
    )
    curve: alt.Chart = (
        alt.Chart(frame)
        .mark_line(color=plots.ACCENT, strokeWidth=2.5, point={"size": 22, "color": plots.ACCENT})
        .encode(
            alt.X("step:Q", axis=alt.Axis(tickMinStep=1, grid=False)),
            alt.Y("EER:Q", title="equal error rate", axis=alt.Axis(format="%", tickCount=4)),
            tooltip=[alt.Tooltip("step:Q", format=","), alt.Tooltip("EER:Q", format=".1%")],
        )
        .properties(height=170)
    )
    return curve
