"""The four views of the embedding map: explore, over time, side by side, how honest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui import nets, runs
from pages.ui.facemap.facemap import Film, Paint, facemap
from pages.ui.facemap.sprites import Sprites
from pages.ui.map import picked as mapparts
from pages.ui.map import spaces
from pages.ui.map.picked import Chosen, Picked
from pages.ui.map.spaces import METHODS, Drawing, Drawn, Floats, Space
from pages.ui.session import session
from pages.ui.text import plain
from pages.ui.train import controls
from pages.ui.train.live import numbers, percent
from siamese import neighbours, plots, projector
from siamese.plots import DIFFERENT, SAME

if TYPE_CHECKING:
    from siamese.history import Look
    from siamese.jobs import Run

STYLE = Path(__file__).with_suffix(".css")
POLL = 1.0  # seconds between two looks at a map that is on its way
LIVE = 3.0  # and at a net that trains
SHORT = 300  # steps of a run that is begun from here
MEANWHILE = {
    "umap": "UMAP is warming up, which takes a fresh server some seconds. Meanwhile this is PCA.",
    "tsne": "t-SNE is at work. Meanwhile this is PCA.",
    "pca": "",
}
LAID_OUT = {
    "umap": "UMAP keeps neighbours together; sizes and gaps mean little.",
    "tsne": "t-SNE keeps neighbours together; sizes and gaps mean little.",
    "pca": "PCA shows the directions of the largest spread, and hides all others.",
}


def choose_view() -> str:
    view: str = st.segmented_control(
        "View",
        list(VIEWS),
        default="Explore",
        required=True,
        key="e_view",
        bind="query-params",
        label_visibility="collapsed",
    )
    return view


# -- explore ---------------------------------------------------------------------------------------


def explore(space: Space, drawing: Drawing) -> None:
    """The map; beside it a picked face with its neighbours in the space."""
    above = st.container()  # the map comes before its parameters
    drawing = spaces.refine(drawing, len(space))
    run = spaces.run_of(space.judge)
    trains = bool(run and run.busy)
    waits = not spaces.draw(space, drawing).settled
    look = run.result if run else None

    @st.fragment(run_every=POLL if waits else LIVE if trains else None)
    def view() -> None:
        if run and run.result is not look:
            st.rerun()  # a new look at a net that trains
        drawn = spaces.draw(space, drawing, wait=0.05 if waits else spaces.WAIT)
        if (waits and drawn.settled) or (trains and run and not run.busy):
            st.rerun()
        _explored(space, drawing, drawn)
        if trains:
            st.caption("It trains: the map follows, each starting from the one before.")

    with above:
        view()


def _explored(space: Space, drawing: Drawing, drawn: Drawn) -> None:
    here = mapparts.chosen(space)
    left, right = st.columns([8, 4], gap="large")
    with right:
        paint = mapparts.choose_paint(space)
        lit = mapparts.search(space)
        count = st.slider("Neighbours to show", 1, 24, 8, key="e_count", bind="query-params")
        if drawing.dimensions == 3:
            mapparts.ask(space, here)
        picked = mapparts.pick(space, here, count)
        if picked:
            mapparts.neighbourhood(space, picked, here.pick)
        elif drawing.dimensions == 2:
            st.info(
                "**Click a face** to ask the space for its nearest neighbours. Drag with *Lasso* "
                "or *Box* (or with the Shift key) to catch a group.",
                icon=":material/touch_app:",
            )
    with left:
        if drawing.dimensions == 3:
            _in_space(space, drawn, here, paint, lit, picked)
        else:
            _on_paper(space, drawn, here, paint, lit, picked)
        st.caption(told(space, drawing, drawn))
        mapparts.newcomers(here)
    mapparts.group(space, here)


def _on_paper(
    space: Space,
    drawn: Drawn,
    here: Chosen,
    paint: Paint | None,
    lit: NDArray[np.bool_] | None,
    picked: Picked | None,
) -> None:
    sprites = Sprites.of(space.faces.pictures)
    sprites.mount()
    guests = here.guests
    points = np.concatenate([drawn.placed, mapparts.seated(space, drawn.placed, guests)])
    labels = np.concatenate([space.faces.labels, 1_000_000 + np.arange(len(guests))])
    if lit is None and here.group:
        lit = np.isin(np.arange(len(space)), here.group)
    lit = lit if lit is None else _and(lit, len(guests), True)
    facemap(
        points,
        labels,
        [*space.names, *(guest.name for guest in guests)],
        sprites,
        key="e_map",
        height=560,
        caption_text=told_in_words(space, drawn),
        paint=paint and replace(paint, tints=_and(paint.tints, len(guests), -1)),
        hollow=_and(space.met, len(guests), False) if not space.met.all() else None,
        lit=lit,
        lines=mapparts.lines(picked, here.pick) if picked else (),
        picked=here.pick,
        guests=[mapparts.uri(guest.picture, 112) for guest in guests],
        legend=mapparts.told_apart(space.met, paint),
        on_pick=here.take,
        on_group=here.catch,
    )


def _and(values: NDArray[Any], more: int, value: object) -> NDArray[Any]:
    return np.concatenate([values, np.full(more, value, values.dtype)])


def _in_space(
    space: Space,
    drawn: Drawn,
    here: Chosen,
    paint: Paint | None,
    lit: NDArray[np.bool_] | None,
    picked: Picked | None,
) -> None:
    guests = here.guests
    placed = np.concatenate([drawn.placed, mapparts.seated(space, drawn.placed, guests)])
    if paint is None:
        colours = [plots.person_colour(int(label)) for label in space.faces.labels]
    else:
        colours = [paint.palette[t] if t >= 0 else plots.NEUTRAL for t in paint.tints]
    rings = space.met if not space.met.all() else np.zeros(len(space), bool)
    faint = ~lit if lit is not None else np.zeros(len(space), bool)
    large = [*([here.pick] if picked else []), *range(len(space), len(placed))]
    event = st.plotly_chart(
        plots.cloud(
            placed,
            [*colours, *[plots.ACCENT] * len(guests)],
            [escape(name) for name in (*space.names, *(guest.name for guest in guests))],
            _and(rings, len(guests), False),
            _and(faint, len(guests), False),
            mapparts.lines(picked, here.pick) if picked else (),
            large,
        ),
        key="e_cloud",
        on_select="rerun",
        selection_mode="points",
        config={"displaylogo": False},
    )
    found = event.selection.points if event else []
    index = found[0].get("customdata") if found else None
    index = index[0] if isinstance(index, list) else index
    last = st.session_state.get("e_cloud_pick")
    if isinstance(index, int) and index != last:
        st.session_state["e_cloud_pick"] = index
        here.pick = index
        st.rerun(scope="fragment")
    legend = [*(paint.legend if paint else ()), *mapparts.told_apart(space.met, paint)]
    words = [
        f"{entry['low']} … {entry['high']}"
        if "colours" in entry
        else f"{'○' if entry.get('hollow') else '●'} {entry['text']}"
        for entry in legend
    ]
    st.caption(
        " · ".join(
            [
                *words,
                "Drag to turn, click to pick. Faces as points, and the lasso, need two dimensions.",
            ]
        )
    )


def told(space: Space, drawing: Drawing, drawn: Drawn) -> str:
    """What one sees, under the map."""
    new = len(np.unique(space.faces.labels[~space.met]))
    old = len(space.faces.people) - new
    words = f"A dot is a photo: {len(space):,} of {len(space.faces.people):,} people"
    if old and new:
        words += f", {new} of whom the net has **never seen** (discs), {old} learnt from (rings)"
    elif old:
        words += ", **all of whom the net has learnt from**"
    else:
        words += ", none of whom the net has ever seen"
    waiting = "" if drawn.settled else f" **{MEANWHILE[drawing.method]}**"
    return f"{words}. {LAID_OUT[drawn.method]}{waiting}"


@dataclass(frozen=True)
class Whom:
    """The people whose photos the figures beside a map are of."""

    words: str
    which: NDArray[np.bool_]  # (N,) True for their pictures

    def photos(self, space: Space) -> str:
        """How many there are, in words."""
        rows = self.which[space.rows]
        people = len(np.unique(space.labels(space.rows[rows])))
        return f"{int(rows.sum()):,} photos of {people:,} people {self.words}"


def whose(space: Space) -> Whom:
    """The people new to a net, or those whom it has learnt from where the others make no pairs."""
    new = Whom("new to the net", ~space.met)
    return new if space.scores_among(new.which) else Whom("whom the net learnt from", space.met)


def common(one: Space, other: Space) -> Whom:
    """Those by whom two nets can be compared: new to both. Without such people, everybody."""
    new = Whom("new to both nets", ~one.met & ~other.met)
    if one.scores_among(new.which):
        return new
    return Whom("here, from some of whom one of the nets has learnt", np.ones(len(one), bool))


def told_in_words(space: Space, drawn: Drawn, whom: Whom | None = None) -> str:
    """The map for those who cannot see it."""
    whom = whom or whose(space)
    words = f"{METHODS[drawn.method]} map of {len(space):,} photos under {space.judge.name}."
    if found := space.scores_among(whom.which):
        words += (
            f" Among {whom.photos(space)}, the nearest other one shows the same person for "
            f"{percent(found.rank1)}; photos of one person are {found.same:.2f} apart on average, "
            f"of two {found.different:.2f}."
        )
    return words


# -- over time -------------------------------------------------------------------------------------


def over_time(space: Space, drawing: Drawing) -> None:
    """The history of a run, played."""
    known = [run for run in session().runs if run.result or run.busy]
    if not known:
        _no_run()
        return
    run = spaces.run_of(space.judge) or known[-1]
    if run.name != space.judge.name:
        st.caption(
            f"*{plain(space.judge.name)}* has no history here, so this is your run "
            f"**{plain(run.name)}**; choose "
            "another one as *Net*."
        )
    above = st.container()
    drawing = spaces.refine(replace(drawing, dimensions=2), len(run.experiment.unseen.labels))
    with above:
        _history(run, drawing)


def _no_run() -> None:
    st.info(
        "No net has been trained in this session, so there is no history to play.",
        icon=":material/history:",
    )
    with st.container(horizontal=True):
        st.button("Train one now", type="primary", on_click=_begin, key="e_begin")
        st.page_link("pages/train/train.py", label="Or on the page *Train a net*")


def _begin() -> None:
    """A short run with the usual settings."""
    from siamese.training import preset

    run = runs.begin(session(), preset("contrastive"))
    run.limit = SHORT
    run.play()
    controls.put(run.config)  # the page *Train a net* goes on with it
    st.session_state["e_net"] = nets.usual()


def _history(run: Run, drawing: Drawing) -> None:
    waits = run.busy or _film(run, drawing, 0.8) is None

    @st.fragment(run_every=POLL if waits else None)
    def view() -> None:
        run.touch()
        if run.busy:
            share = min(1.0, run.state.step / max(run.limit, 1))
            words = f"step {run.state.step:,} of {run.limit:,}"
            st.progress(share, f"{plain(run.name)} trains: {words}")
            st.button("That is enough", on_click=run.pause, key="e_enough")
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

    looks = run.history.looks
    key = (run.history, len(looks), looks[-1].step if looks else 0, drawing)
    kept = st.session_state.get("e_film")
    if kept is None or kept[0] != key:
        if run.busy or not looks:
            return None
        moments = [look.embedding for look in looks]
        try:
            job = jobs.processes().submit(
                jobs.lay_out_film, moments, drawing.method, dict(drawing.choices)
            )
        except (BrokenExecutor, OSError):
            return None  # no worker is to be had; the next look asks again
        kept = st.session_state["e_film"] = key, job
    try:
        maps: list[Floats] = kept[1].result(wait)
    except TimeoutError:
        return None
    except BrokenExecutor:
        del st.session_state["e_film"]  # the worker has died; the next look asks another
        return None
    return maps


def _played(run: Run, drawing: Drawing, maps: list[Floats]) -> None:
    looks = run.history.looks[: len(maps)]
    unseen = run.experiment.strangers
    sprites = Sprites.of(unseen.pictures)
    sprites.mount()
    names = [
        f"{unseen.people[person]}, photo {number}"
        for person, number in zip(unseen.labels, numbers(unseen.labels), strict=True)
    ]
    facemap(
        maps[0],
        unseen.labels,
        names,
        sprites,
        key="e_film_map",
        height=620,
        caption_text=f"From step {looks[0].step} to {looks[-1].step}. {at(looks[-1])}",
        film=Film(maps, [at(look) for look in looks]),
    )
    st.caption(
        f"{len(unseen.people)} people whom the net has **never seen**, at {len(looks)} moments of "
        f"{plain(run.name)}. Each map by {METHODS[drawing.method]} starts from its neighbour in "
        "time, so that points glide; the numbers are of the space, not of the map."
    )
    st.altair_chart(_learning(looks), key="e_learning", alt=learnt(looks))
    st.caption(learnt(looks))


def at(look: Look) -> str:
    """One moment in numbers."""
    found = look.scores
    return (
        f"Step {look.step:,} · EER {percent(found.eer)} · AUC {found.auc:.3f} · nearest neighbour "
        f"right {percent(found.rank1)} · same person {look.same:.2f} apart, two people "
        f"{look.different:.2f}"
    )


def learnt(looks: tuple[Look, ...]) -> str:
    first, last = looks[0], looks[-1]
    return (
        f"Equal error rate on unseen people: {percent(first.scores.eer)} at step {first.step:,}, "
        f"{percent(last.scores.eer)} at step {last.step:,}."
    )


def _learning(looks: tuple[Look, ...]) -> alt.Chart:
    frame = pd.DataFrame(
        {"step": [look.step for look in looks], "EER": [look.scores.eer for look in looks]}
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


# -- side by side ----------------------------------------------------------------------------------


def side_by_side(space: Space, drawing: Drawing) -> None:
    """Two nets on the same faces; what is pointed at in one map is pointed at in the other."""
    known = nets.names()
    if st.session_state.get("e_other") not in (None, *known):
        del st.session_state["e_other"]
    name: str = st.selectbox(
        "Beside which other net?",
        known,
        index=known.index(nets.UNTRAINED),
        key="e_other",
        bind="query-params",
    )
    other = spaces.space_of(nets.judge(name), space.faces)
    pair, whom = (other, space), common(other, space)
    above = st.container()
    flat = spaces.refine(replace(drawing, dimensions=2), len(space))

    def halves(drawn: list[Drawn]) -> None:
        here = mapparts.chosen(space)
        if here.pick >= len(space):
            here.pick = -1
        sprites = Sprites.of(space.faces.pictures)
        sprites.mount()
        for number, place in enumerate(st.columns(2, gap="medium")):
            with place:
                _half(pair[number], drawn[number], here, sprites, number, whom)
        st.caption(f"Both EERs, and the other figures under the maps, are of {whom.photos(space)}.")
        if not all(each.settled for each in drawn):
            st.caption(MEANWHILE[flat.method])

    with above:
        _once_drawn([(each, flat) for each in pair], halves)


def _once_drawn(wanted: list[tuple[Space, Drawing]], show: Callable[[list[Drawn]], None]) -> None:
    """Show several maps, which are drawn at the same time; until all are ready, what there is."""
    asked = [spaces.draw(*each) for each in wanted]
    waits = not all(drawn.settled for drawn in asked)

    @st.fragment(run_every=POLL if waits else None)
    def view() -> None:
        drawn = [spaces.draw(*each, 0.05 if waits else spaces.WAIT) for each in wanted]
        if waits and all(each.settled for each in drawn):
            st.rerun()
        show(drawn)

    view()


def _half(
    space: Space, drawn: Drawn, here: Chosen, sprites: Sprites, number: int, whom: Whom
) -> None:
    st.markdown(f"**{plain(space.judge.name)}**")
    picked = mapparts.pick(space, here, 8)
    facemap(
        drawn.placed,
        space.faces.labels,
        space.names,
        sprites,
        key=f"e_half_{number}",
        height=440,
        caption_text=told_in_words(space, drawn, whom),
        hollow=space.met if not space.met.all() else None,
        lines=mapparts.lines(picked, here.pick) if picked else (),
        picked=here.pick,
        linked="e_halves",
        on_pick=here.take,
    )
    if found := space.scores_among(whom.which):
        st.caption(
            f"EER {percent(found.eer)} · nearest neighbour right {percent(found.rank1)} · same "
            f"person {found.same:.2f} apart, two people {found.different:.2f}"
        )
    if picked:
        right = int(picked.is_same.sum())
        st.markdown(f"Of the 8 nearest to {plain(picked.title)}, **{right}** show the same person.")
        mapparts.neighbourhood(space, picked, here.pick)


# -- honest ----------------------------------------------------------------------------------------


def honest(space: Space, drawing: Drawing) -> None:
    """Play with the map's parameters: the map changes, the space does not."""
    st.markdown(
        "**The space stands still; only its picture changes.** Change how the map is drawn: groups "
        "grow, shrink and move. The distances in the net's space, which decide who is who, stay "
        "what they are."
    )
    with st.container(horizontal=True):
        for words, values in TRICKS[drawing.method].items():
            st.button(words, on_click=_put, args=[values], key=f"e_trick_{words}")
    above = st.container()  # what the buttons change stands right below them
    drawing = spaces.refine(replace(drawing, dimensions=2), len(space), folded=False)

    def compared(drawn: list[Drawn]) -> None:
        sprites = Sprites.of(space.faces.pictures)
        sprites.mount()
        left, right = st.columns([7, 5], gap="large")
        with left:
            facemap(
                drawn[1].placed,
                space.faces.labels,
                space.names,
                sprites,
                key="e_honest",
                height=480,
                caption_text=told_in_words(space, drawn[1]),
                hollow=space.met if not space.met.all() else None,
            )
            st.caption(told(space, drawing, drawn[1]))
        with right:
            _compared(space, [each.placed for each in drawn])

    with above:
        _once_drawn([(space, each) for each in (Drawing(drawing.method), drawing)], compared)


TRICKS: dict[str, dict[str, dict[str, Any]]] = {
    "umap": {
        "Swell": {"e_dist": 0.9},
        "Pack tight": {"e_dist": 0.0},
        "Tear apart": {"e_near": 3},
        "Draw together": {"e_near": 80},
        "Another seed": {},
        "As usual": {"e_dist": 0.1, "e_near": 15, "e_seed": 0, "e_metric": "euclidean"},
    },
    "tsne": {
        "Tear apart": {"e_perplexity": 4},
        "Draw together": {"e_perplexity": 80},
        "Another seed": {},
        "As usual": {"e_perplexity": 30, "e_seed": 0, "e_metric": "euclidean"},
    },
    "pca": {},
}


def _put(values: dict[str, Any]) -> None:
    """Move the controls of the map. For callbacks."""
    another = {"e_seed": (st.session_state.get("e_seed", 0) + 1) % 10_000}
    for key, value in (values or another).items():
        st.session_state[key] = value


def _compared(space: Space, maps: list[Floats]) -> None:
    labels = space.labels(space.rows)
    try:
        rows = [apart(space.matrix, labels), *(apart_on(m[space.rows], labels) for m in maps)]
        sketches = [neighbours.sketch(space.matrix, m[space.rows], labels) for m in maps]
    except ValueError:
        st.info("There are not both kinds of pairs among these faces, so nothing to compare.")
        return
    usual, yours = sketches
    (near, far), *shares = rows
    table = {
        "": ["in the space", "map, as usual", "your map"],
        "same person apart": [f"{near:.2f}", *(percent(same) for same, _ in shares)],
        "two people apart": [f"{far:.2f}", *(percent(different) for _, different in shares)],
        "ratio": [f"1 : {b / max(a, 1e-9):.1f}" for a, b in rows],
        "trustworthiness": ["", f"{usual.trustworthiness:.3f}", f"{yours.trustworthiness:.3f}"],
        "rank correlation": ["", f"{usual.correlation:.2f}", f"{yours.correlation:.2f}"],
    }
    st.table(pd.DataFrame(table).set_index("").T)
    st.altair_chart(scatter(yours), key="e_scatter", alt=sketched(yours))
    st.caption(
        "Each dot is a pair of photos: how far apart in the space, how far on your map (shares of "
        "the map's width). On a true map all dots would lie on one line. " + sketched(yours)
    )
    st.caption(
        "*Trustworthiness* (Venna and Kaski 2001) is 1 if nobody is a neighbour on the map who is "
        f"none in the space; here among the {yours.neighbours} nearest. A trustworthy map still "
        "lies about sizes and gaps."
    )


def apart(matrix: NDArray[Any], labels: NDArray[np.int64]) -> tuple[float, float]:
    """Mean distance of two pictures of one person, and of two people."""
    i, j = np.triu_indices(len(labels), 1)
    same = labels[i] == labels[j]
    if same.all() or not same.any():
        raise ValueError("Needs pairs of both kinds.")
    distance = matrix[i, j]
    return float(distance[same].mean()), float(distance[~same].mean())


def apart_on(placed: Floats, labels: NDArray[np.int64]) -> tuple[float, float]:
    """Likewise on a map, as shares of its width."""
    width = max(float(np.ptp(placed, axis=0).max()), 1e-12)
    matrix = np.linalg.norm(placed[:, None] - placed[None], axis=-1) / width
    return apart(matrix, labels)


def sketched(it: neighbours.Sketch) -> str:
    return (
        f"Over {len(it.is_same):,} pairs the two distances have a rank correlation of "
        f"{it.correlation:.2f}; trustworthiness {it.trustworthiness:.3f}."
    )


def scatter(it: neighbours.Sketch) -> alt.Chart:
    frame = pd.DataFrame(
        {
            "space": it.in_space,
            "map": it.on_map,
            "pair": np.where(it.is_same, "same person", "two people"),
        }
    )
    points: alt.Chart = (
        alt.Chart(frame)
        .mark_circle(size=16, opacity=0.45)
        .encode(
            alt.X("space:Q", title="distance in the space"),
            alt.Y("map:Q", title="distance on your map", axis=alt.Axis(format="%")),
            alt.Color(
                "pair:N",
                scale=alt.Scale(domain=["same person", "two people"], range=[SAME, DIFFERENT]),
                legend=alt.Legend(orient="top", title=None),
            ),
        )
        .properties(height=260)
    )
    return points


VIEWS: dict[str, Callable[[Space, Drawing], None]] = {
    "Explore": explore,
    "Over time": over_time,
    "Side by side": side_by_side,
    "How honest?": honest,
}


# -- below every view ------------------------------------------------------------------------------


def scores(space: Space) -> None:
    """The space in numbers: among people whom the net has never seen, and among those it has."""
    st.subheader("The space in numbers", anchor=False)
    found = {
        words: space.scores(met)
        for met, words in ((False, "people it has never seen"), (True, "people it has learnt from"))
    }
    columns = {words: _column(it) for words, it in found.items() if it}
    if not columns:
        st.info(
            "Scores need pairs of one person and pairs of two people; these faces have only one "
            "kind of pair."
        )
        return
    st.table(pd.DataFrame(columns))
    notes = [f"All of it under {plain(space.judge.name)}."]
    if found["people it has learnt from"]:
        notes.append("What it has learnt from flatters: only the people it has never seen count.")
    if len(space.rows) < len(space):
        notes.append(f"From the {len(space.rows):,} pictures of people drawn by chance.")
    notes.append(
        "MAP@R: of a photo whose person has R others, how many of the R nearest are of that "
        "person, those in front counting more (Musgrave et al. 2020). Silhouette: −1 nearer to "
        "somebody else, 1 at home (Rousseeuw 1987)."
    )
    st.caption(" ".join(notes))


def _column(it: neighbours.Space) -> dict[str, str]:
    return {
        "equal error rate": percent(it.eer),
        "AUC": f"{it.auc:.4f}",
        "nearest neighbour right (rank-1)": percent(it.rank1),
        "MAP@R": f"{it.map_at_r:.3f}",
        "silhouette": f"{it.silhouette:.3f}",
        "mean distance, same person": f"{it.same:.3f}",
        "mean distance, two people": f"{it.different:.3f}",
    }


def downloads(space: Space) -> None:
    """The embeddings as files."""
    told = labelled(space)
    name = space.judge.name.lower().replace(" ", "-")
    with st.popover("Download", icon=":material/download:"):
        for label, ending, make in (
            ("NumPy (.npz)", ".npz", lambda: projector.as_npz(told)),
            ("Table (.csv)", ".csv", lambda: projector.as_csv(told)),
            (
                "TensorBoard's Embedding Projector (.zip)",
                "-projector.zip",
                lambda: projector.as_projector(told, space.faces.pictures),
            ),
        ):
            st.download_button(
                label,
                make,
                file_name=f"{name}{ending}",
                on_click="ignore",
                key=f"e_download{ending}",
            )
        st.caption(
            "Embeddings with names. The zip holds two TSV files and a sheet of the faces: keep "
            "real people's to yourself."
        )


def labelled(space: Space) -> projector.Labelled:
    faces = space.faces
    return projector.Labelled(space.embedding, faces.labels, faces.people, faces.files, ~space.met)
