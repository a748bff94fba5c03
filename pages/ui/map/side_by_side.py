"""Two maps beside each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from pages.ui import nets
from pages.ui.facemap.facemap import facemap
from pages.ui.facemap.sprites import Sprites
from pages.ui.map import chosen, spaces
from pages.ui.map.chosen import Chosen
from pages.ui.map.drawing import WAIT, Drawing, Drawn, draw, refine
from pages.ui.map.explore import MEANWHILE, POLL, Whom, common, told_in_words
from pages.ui.map.picked import lines, neighbourhood, pick
from pages.ui.map.space import FaceSpace
from pages.ui.text import percent, plain


def side_by_side(space: FaceSpace, drawing: Drawing) -> None:
    """Two nets on the same faces; what is pointed at in one map is pointed at in the other."""
    known = nets.names()
    if st.session_state.get("map_other") not in (None, *known):
        del st.session_state["map_other"]
    name: str = st.selectbox(
        "Beside which other net?",
        known,
        index=known.index(nets.UNTRAINED),
        key="map_other",
        bind="query-params",
    )
    other = spaces.space_of(nets.verifier(name), space.faces)
    pair, whom = (other, space), common(other, space)
    above = st.container()
    flat = refine(replace(drawing, dimensions=2), len(space))

    def halves(drawn: list[Drawn]) -> None:
        here = chosen.chosen(space)
        if here.pick >= len(space):
            here.pick = -1
        sprites = Sprites.of(space.faces)
        sprites.mount()
        for number, place in enumerate(st.columns(2, gap="medium")):
            with place:
                _half(pair[number], drawn[number], here, sprites, number, whom)
        st.caption(f"Both EERs, and the other figures under the maps, are of {whom.photos(space)}.")
        if not all(each.settled for each in drawn):
            st.caption(MEANWHILE[flat.method])

    with above:
        once_drawn([(each, flat) for each in pair], halves)


def once_drawn(
    wanted: list[tuple[FaceSpace, Drawing]], show: Callable[[list[Drawn]], None]
) -> None:
    """Show several maps, which are drawn at the same time; until all are ready, what there is."""
    asked = [draw(*each) for each in wanted]
    waits = not all(drawn.settled for drawn in asked)

    @st.fragment(run_every=POLL if waits else None)
    def view() -> None:
        drawn = [draw(*each, 0.05 if waits else WAIT) for each in wanted]
        if waits and all(each.settled for each in drawn):
            st.rerun()
        show(drawn)

    view()


def _half(
    space: FaceSpace, drawn: Drawn, here: Chosen, sprites: Sprites, number: int, whom: Whom
) -> None:
    st.markdown(f"**{plain(space.verifier.name)}**")
    picked = pick(space, here, 8)
    facemap(
        drawn.placed,
        space.faces.labels,
        space.names,
        sprites,
        key=f"map_half_{number}",
        height=440,
        caption_text=told_in_words(space, drawn, whom),
        hollow=space.trained_on if not space.trained_on.all() else None,
        lines=lines(picked, here.pick) if picked else (),
        picked=here.pick,
        linked="map_halves",
        on_pick=here.take,
    )
    if found := space.measured.scores_among(whom.which):
        st.caption(
            f"EER {percent(found.eer)} · nearest neighbour right {percent(found.rank1)} · same "
            f"person {found.same:.2f} apart, two people {found.different:.2f}"
        )
    if picked:
        right = int(picked.is_same.sum())
        st.markdown(f"Of the 8 nearest to {plain(picked.title)}, **{right}** show the same person.")
        neighbourhood(space, picked, here.pick)
