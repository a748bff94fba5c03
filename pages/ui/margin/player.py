"""The margin lab: its controls, its ready set-ups, and the player in the browser.

The whole trajectory is computed here; `player.js` plays it. All inputs are in the link, save a
point that the visitor has moved by hand.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.beside.beside import BESIDE
from pages.ui.component import component, packed
from pages.ui.frame import more
from pages.ui.inputs import one_of, switch
from pages.ui.text import IDEAS, MINING, percent
from siamese.losses import LOSSES
from siamese.playground import (
    SETUPS,
    Playground,
    Setup,
    Trajectory,
    changed,
    trajectory,
    trajectory_from,
)

LAB = "margin_lab"  # key of the player
MOVED = "margin_moved"  # in the session: whose start was changed, and the places from then on
MARGINS = {"contrastive": (0.0, 3.0), "triplet": (0.0, 3.0), "circle": (0.05, 0.6)}
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
SPEEDS = (5, 15, 30, 60)  # steps a second
TIED = 0.99
STARTS = {"spread": "Each around a place", "heap": "All on one heap"}
USUAL = Playground()
SETTINGS = {  # what fields of a playground are called, where a set-up changes them
    "loss": "loss",
    "margin": "margin",
    "mining": "mining",
    "lr": "learning rate",
    "people": "people",
    "noise": "noise",
    "normalised": "on the circle",
    "tied": "tied as in a net",
    "flipped": "flipped sign",
}


def choose_playground() -> Playground:
    """The controls and the ready set-ups, and what they say."""
    loss: str = one_of(
        "Loss", MARGINS, key="margin_loss", first=USUAL.loss, called=lambda name: LOSSES[name].label
    )
    low, high = MARGINS[loss]
    margin: float = st.slider(
        "Margin: how far apart is far enough",
        low,
        high,
        LOSSES[loss].margin if loss != "triplet" else USUAL.margin,
        0.05,
        key=f"margin_margin_{loss}",
        bind="query-params",
        help="For circle loss in units of the cosine.",
    )
    ready = st.container(gap="small")
    with more("More: mining, people, noise, seed, speed"):
        playground = _rest(loss, margin)
    with ready:
        _setups(playground)
    return playground


def _rest(loss: str, margin: float) -> Playground:
    mining: str = st.selectbox(
        "Mining: which pairs and triplets count",
        list(MINING),
        format_func=MINING.__getitem__,
        key="margin_mining",
        bind="query-params",
        disabled=loss == "circle",
        help="Circle loss looks at all pairs and weighs them itself.",
    )
    lr: float = st.select_slider(
        "Learning rate: how large each step is",
        RATES,
        USUAL.lr,
        format_func="{:g}".format,
        key="margin_lr",
        bind="query-params",
    )
    one, two = st.columns(2)
    people: int = one.slider("People", 2, 8, USUAL.people, key="margin_people", bind="query-params")
    photos: int = two.slider(
        "Photos of each", 2, 8, USUAL.photos, key="margin_photos", bind="query-params"
    )
    start: str = one_of(
        "Start", STARTS, key="margin_start", first=USUAL.start, called=STARTS.__getitem__
    )
    noise: float = st.slider(
        "Noise: how far photos stray from their person at the start",
        0.0,
        1.0,
        USUAL.noise,
        0.01,
        key="margin_noise",
        bind="query-params",
    )
    normalised = switch(
        "Normalised: points stay on the circle",
        "margin_norm",
        disabled=loss == "circle",
        help="Circle loss works on angles, so its points always do.",
    )
    tied = switch(
        "Tied, as in a net",
        "margin_tied",
        help="Points that start side by side have to move alike, because a net has the same "
        "weights for all photos.",
    )
    flipped = switch(
        "Flipped sign", "margin_flip", help="Same and different change places in the formula."
    )
    three, four = st.columns(2)
    seed: int = three.number_input("Seed", 0, 9999, 0, key="margin_seed", bind="query-params")
    four.select_slider("Steps a second", SPEEDS, 30, key="margin_speed", bind="query-params")
    circle = loss == "circle"
    return Playground(
        loss=loss,
        margin=round(margin, 2),
        mining="all" if circle else mining,
        lr=lr,
        people=people,
        photos=photos,
        noise=round(noise, 2),
        normalised=normalised or circle,
        tied=TIED if tied else 0.0,
        flipped=flipped,
        start=start,
        seed=seed,
    )


def _setups(playground: Playground) -> None:
    """The ready set-ups as pills; the one that the controls happen to say is marked, and told."""
    now = next((setup for setup in SETUPS if setup.playground == playground), None)
    st.session_state["margin_setup"] = now and now.name
    st.pills(
        "Ready set-ups",
        [setup.name for setup in SETUPS],
        key="margin_setup",
        on_change=_take,
    )
    st.markdown(now.caption if now else IDEAS[playground.loss])
    if now and (told := against(now)):
        st.caption(told)


def against(setup: Setup) -> str:
    """All that a set-up changes of the one it is compared with; nothing where that is itself."""
    base = next(one for one in SETUPS if one.name == setup.beside)
    told = [
        f"{SETTINGS[name]} {_setting(name, before)} → {_setting(name, after)}"
        for name, (before, after) in changed(setup.playground, base.playground).items()
    ]
    return f"Changed from *{base.name}*: {', '.join(told)}; all else is the same." if told else ""


def _setting(name: str, value: Any) -> str:
    if isinstance(value, str):
        return LOSSES[value].label if name == "loss" else value
    return f"{value:g}" if name in ("margin", "lr", "people", "noise") else "yes" if value else "no"


def _take() -> None:
    for setup in SETUPS:
        if setup.name == st.session_state["margin_setup"]:
            put(setup.playground)


def put(playground: Playground) -> None:
    """Move the controls to a playground. For callbacks."""
    values = {
        "margin_loss": playground.loss,
        f"margin_margin_{playground.loss}": playground.margin,
        "margin_mining": playground.mining,
        "margin_lr": playground.lr,
        "margin_people": playground.people,
        "margin_photos": playground.photos,
        "margin_start": playground.start,
        "margin_noise": playground.noise,
        "margin_norm": playground.normalised,
        "margin_tied": playground.tied > 0,
        "margin_flip": playground.flipped,
        "margin_seed": playground.seed,
    }
    st.session_state.pop(MOVED, None)
    for key, value in values.items():
        st.session_state[key] = value


def run(playground: Playground) -> Trajectory:
    """The trajectory: from the start of the playground, or from where the visitor has put it."""
    moved = st.session_state.get(MOVED)
    if moved and moved[0] == _start(playground):
        return trajectory_from(playground, moved[1])
    st.session_state.pop(MOVED, None)
    return trajectory(playground)


def player(told: Trajectory) -> None:
    """Draw the trajectory in the browser, and say in words how it ends."""
    playground = told.playground
    sent = {
        name: packed(getattr(told, name), "<f4")
        for name in ("positions", "loss", "active", "same", "different")
    }
    sent["forces"] = packed(told.forces, "i1")
    digest = hashlib.blake2b(f"{playground}{sent['positions']}".encode(), digest_size=8)

    def moved() -> None:
        _move(told, st.session_state[LAB].moved, digest.hexdigest())

    component(__file__, *BESIDE)(
        key=LAB,
        data=sent
        | {
            "id": digest.hexdigest(),
            "frames": len(told.loss),
            "people": playground.people,
            "photos": playground.photos,
            "normalised": playground.normalised,
            "kind": playground.loss,
            "margin": playground.margin,
            "flipped": playground.flipped,
            "speed": st.session_state.get("margin_speed", 30),
            "heap": loss_of_heap(playground),
            "moved": MOVED in st.session_state,
            "words": in_words(told),
        },
        on_moved_change=moved,
    )
    st.caption(f"{in_words(told)} Drag a point, or tap one to see its margin.")


def _move(told: Trajectory, wish: object, digest: str) -> None:
    """Go on from the frame on which a point was moved, with that point in its new place."""
    if not isinstance(wish, dict):
        return
    if wish.get("restore"):
        st.session_state.pop(MOVED, None)
        return
    try:
        frame, point = int(wish["frame"]), int(wish["point"])
        place = np.array([float(wish["x"]), float(wish["y"])], np.float32)
    except (KeyError, TypeError, ValueError, OverflowError):
        return
    frames, count, _ = told.positions.shape
    inside = np.isfinite(place).all() and np.abs(place).max() < 100
    if wish.get("id") == digest and 0 <= frame < frames and 0 <= point < count and inside:
        places = told.positions[frame].copy()
        places[point] = place
        st.session_state[MOVED] = (_start(told.playground), places)


def _start(playground: Playground) -> tuple[object, ...]:
    """What decides where the points start; with another of these a moved point is forgotten."""
    return (
        playground.people,
        playground.photos,
        playground.noise,
        playground.normalised,
        playground.start,
        playground.seed,
    )


def loss_of_heap(playground: Playground) -> float | None:
    """The loss if all points lay in one place; None for circle loss, whose scale is another."""
    heaps = {"contrastive": playground.margin**2 / 2, "triplet": playground.margin}
    return heaps.get(playground.loss)


def in_words(told: Trajectory) -> str:
    """How it ends."""
    loss, active = float(told.loss[-1]), float(told.active[-1])
    what = LOSSES[told.playground.loss].eats
    return (
        f"After {len(told.loss) - 1} steps the loss is {f'{loss:.3f}' if loss else 'zero'} and "
        f"{percent(active, 0)} of the {what} are active; photos of one person are "
        f"{told.same[-1]:.2f} apart on average, strangers {told.different[-1]:.2f}."
    )
