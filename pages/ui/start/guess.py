"""Guess before the reveal: ten pairs, and who was right more often, the visitor, the net, pixels.

The game is played in the browser (`guess.js`), which keeps what was said until its tab is closed;
Python hands it a game whole and hears only of what leads away from it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from pages.ui.component import component
from pages.ui.pictures import uri
from pages.ui.session import session
from pages.ui.start.ten import SEEDS, TEN, Deck, Judge, another, deck, draw
from pages.ui.start.words import closing, truth, verdict
from siamese.sharing import with_each

GAMES = "start_games"  # seeds of those that were handed out, the last one is played
SHOWN = "start_shown"  # the visitor wants no game, or has had it
LINKED = {"a": "start_a", "b": "start_b"}


def wanted() -> bool:
    """Whether the page begins with the game: not where the link names faces, nor once a visitor has
    had enough of it."""
    linked = any(key in st.query_params for key in LINKED.values())
    return not (linked or st.session_state.get(SHOWN))


def offer() -> None:
    """A button that leads to the game, or back to its end."""
    st.button("Guess ten pairs", icon=":material/psychology_alt:", on_click=_play)


def _play() -> None:
    st.session_state[SHOWN] = False
    for key in LINKED.values():
        st.query_params.pop(key, None)


def guess(ready: bool, key: str) -> None:
    """The game; it is shown waiting until the net is ready."""

    def heard() -> None:
        wish = st.session_state[key].wish
        if isinstance(wish, dict):
            _follow(wish)

    component(__file__)(key=key, data=_game(deck()) if ready else None, on_wish_change=heard)


def _follow(wish: dict[str, Any]) -> None:
    """What the browser asks for: other pairs, a game that it remembers, a pair as the net sees it,
    or no game."""
    games = st.session_state.setdefault(GAMES, [])
    match wish:
        case {"again": True}:
            games.append(another(deck(), games))
        case {"resume": int(seed)} if 0 <= seed < SEEDS:
            games.append(seed)
        case {"look": [str(a), str(b)]}:
            st.query_params.update({LINKED["a"]: a, LINKED["b"]: b})
        case {"show": True}:
            st.session_state[SHOWN] = True


def _game(deck: Deck) -> dict[str, Any]:
    games = st.session_state.setdefault(GAMES, [])
    if not games:
        games.append(another(deck, ()))
    seed = games[-1]
    return session().recall("game", seed, lambda: _told(deck, seed), most=1)


def _told(deck: Deck, seed: int) -> dict[str, Any]:
    """All that the browser needs for a game."""
    return {
        "id": seed,
        "judges": [_judge(judge) for judge in deck.judges],
        "pairs": [_pair(deck, pair) for pair in draw(deck, seed).tolist()],
        "closing": _closings(deck),
    }


@with_each
def _closings(deck: Deck) -> list[str]:
    """What is said at the end, by how many of the ten were right."""
    return [closing(deck, right, TEN) for right in range(TEN + 1)]


def _judge(judge: Judge) -> dict[str, Any]:
    reach = float(np.ceil(judge.distance.max()))
    return {"name": judge.name, "threshold": judge.threshold / reach, "reach": reach}


def _pair(deck: Deck, pair: int) -> dict[str, Any]:
    photos = deck.photos(pair)
    return {
        "one": bool(deck.pairs.is_same[pair]),
        "truth": truth(*photos),
        "photos": [
            {
                "id": photo.id,
                "name": f"{photo.name}, picture {photo.picture}",
                "image": uri(deck.faces.pictures[photo.index], "WEBP", quality=85),
            }
            for photo in photos
        ],
        "judges": [
            {
                "distance": float(judge.distance[pair]),
                "one": bool(judge.says_same[pair]),
                "words": verdict(judge, pair),
            }
            for judge in deck.judges
        ],
    }
