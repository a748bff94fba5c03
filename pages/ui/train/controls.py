"""Inputs of the Train page → TrainingConfig. All of them are in the link."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.frame import more
from pages.ui.inputs import one_of
from pages.ui.link import TRAIN_LOSS, train_margin
from pages.ui.session import session
from pages.ui.text import IDEAS, MINING, counted, plain
from pages.ui.wire import wire
from siamese.losses import LOSSES

if TYPE_CHECKING:
    from siamese.config import TrainingConfig
    from siamese.faces import FaceSet
    from siamese.jobs import Run

FAMILIES = ("contrastive", "triplet", "circle", "bce")
LEARNING_RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
SINGLES = 16  # in a batch, where most people have one picture
SEEDS = 9999
EMBEDDINGS = (2, 4, 8, 16, 32, 64, 128)
PACES: dict[str, int | None] = {"Slow motion": 1, "Full speed": None}  # steps between two looks
LENGTH_1 = "Embeddings of length 1"
BEGINNINGS = {"nothing": "Random weights", "starter": "The starter net"}
LEADS = {  # for a net that begins with random weights, and for the starter net
    False: "It starts out knowing nothing of faces. Press **Train** and watch people whom it has "
    "**never seen** move apart on the map.",
    True: "It starts as the starter net, which has learnt from photos of thousands of people. "
    "Press **Train** and see whether yours teach it more: the map shows people whom it has **never "
    "seen**.",
}


def choose_config() -> TrainingConfig:
    """The controls, and what they say."""
    from siamese.config import preset

    if handed := session().handed:
        put(handed)
        session().handed = None
    loss: str = one_of(
        "Loss: what the net is punished for",
        FAMILIES,
        key=TRAIN_LOSS,
        called=lambda name: LOSSES[name].label,
    )
    if loss == "triplet" and st.toggle(
        "Soft margin: push for ever, more and more gently", key="train_soft", bind="query-params"
    ):
        loss = "soft-triplet"
    st.caption(IDEAS[loss])
    tuned = _is_tuned(loss)
    first = preset(loss, "starter" if tuned else "small", tuned=tuned)
    margin = _margin(first)
    lr = st.select_slider(
        "Learning rate: how large each step is",
        LEARNING_RATES,
        value=first.lr,
        format_func="{:g}".format,
        key=_rate_key(tuned),
        bind="query-params",
        help="You may move it while the net trains.",
    )
    with more("More: net, mining, batch, seed") as in_sight:
        rest = _rest(in_sight, first)
    if not preset(loss, rest["net"]).singles:
        rest["singles"] = _singles(session().faces)
    return preset(loss, tuned=tuned, margin=margin, lr=lr, **rest)


def _margin(first: TrainingConfig) -> float:
    low, high = LOSSES[first.loss].margins
    if low == high:
        return first.margin
    return st.slider(
        "Margin: how far apart is far enough",
        low,
        high,
        first.margin,
        0.05,
        key=train_margin(first.loss, first.tuned),
        bind="query-params",
        help="You may move it while the net trains.",
    )


def _rate_key(tuned: bool) -> str:
    return "train_lr_tuned" if tuned else "train_lr"


def lead(config: TrainingConfig) -> str:
    """What is about to happen, in two sentences."""
    return LEADS[config.tuned]


def _singles(faces: FaceSet) -> int:
    """Where most people have a single picture, such are negatives beside the others of a batch."""
    is_crowd = (faces.counts == 1).mean() > 0.5 and (faces.counts > 1).any()
    return SINGLES if is_crowd else 0


def _is_tuned(loss: str) -> bool:
    """Does the run begin with the starter net instead of first, random weights?"""
    chosen = one_of(
        "Begin with",
        BEGINNINGS,
        key="train_begin",
        called=BEGINNINGS.__getitem__,
        disabled=loss == "bce",
        help="The starter net has learnt from photos of thousands of real people. Fine-tuning lets "
        "it get to know yours, in small steps, so that it forgets little. It has no learned "
        "distance, so BCE begins with nothing.",
    )
    return chosen == "starter" and loss != "bce"


def _rest(in_sight: DeltaGenerator, first: TrainingConfig) -> dict[str, Any]:
    """Which net, and how it is trained. What the tasks need stays in sight."""
    upper, lower = in_sight.columns(2), (st.container(), st.container())
    net = {"net": first.net} if first.tuned else _net(upper[0], lower[0], first)
    mining = upper[1].selectbox(
        "Mining: which pairs and triplets count",
        list(MINING),
        index=list(MINING).index(first.mining),
        format_func=MINING.__getitem__,
        key=f"train_mining_{first.loss.replace('-', '_')}",
        bind="query-params",
        disabled=first.loss == "circle",
        help="Circle loss looks at all pairs and weighs them itself.",
    )
    two = lower[1]
    people = two.slider(
        "People in a batch, P", 2, 32, first.people, key="train_P", bind="query-params"
    )
    pictures = two.slider(
        "Photos of each, K", 2, 8, first.pictures, key="train_K", bind="query-params"
    )
    seed = two.number_input(
        "Seed: first weights and all chance", 0, SEEDS, 0, key="train_seed", bind="query-params"
    )
    return net | {"mining": mining, "people": people, "pictures": pictures, "seed": seed}


def _net(upper: DeltaGenerator, lower: DeltaGenerator, first: TrainingConfig) -> dict[str, Any]:
    """Which net, and what is free in it."""
    from siamese.networks import NETWORKS

    net: str = upper.selectbox(
        "Net",
        list(NETWORKS),
        format_func=lambda name: NETWORKS[name].label,
        key="train_net",
        bind="query-params",
        help="Small: for a live class. Plane: an embedding of two numbers, drawn as it is. "
        "Starter: for thousands of people. Tutorial's baseline: the net of the "
        "Siamese-network tutorial that this lab was made from, 39 million weights, seconds for a "
        "step.",
    )
    if NETWORKS[net].fixed:  # it has an embedding and a scale of its own
        lower.toggle(LENGTH_1, NETWORKS[net].normalise, key=f"train_normalise_{net}", disabled=True)
        return {"net": net}
    embedding = lower.select_slider(
        "Numbers in an embedding",
        EMBEDDINGS,
        first.embedding,
        key="train_embedding",
        bind="query-params",
    )
    normalise = lower.toggle(
        LENGTH_1,
        first.normalise,
        key=f"train_normalise_{first.loss.replace('-', '_')}",
        bind="query-params",
        disabled=first.loss == "bce",
    )
    return {"net": net, "embedding": embedding, "normalise": normalise}


def put(config: TrainingConfig) -> None:
    """Move the controls to a configuration, as far as they reach. For callbacks."""
    for key, value in _positions(config).items():
        st.session_state[key] = value


def wishes(config: TrainingConfig) -> dict[str, str]:
    """What a link to this page asks for so that its controls say a configuration, as far as they
    reach."""
    from siamese.networks import NETWORKS

    spoken: dict[str, Callable[[Any], str]] = {
        TRAIN_LOSS: lambda name: LOSSES[name].label,
        "train_begin": BEGINNINGS.__getitem__,
        "train_net": lambda name: NETWORKS[name].label,
        _rate_key(config.tuned): "{:g}".format,
        f"train_mining_{config.loss.replace('-', '_')}": MINING.__getitem__,
    }
    positions = _positions(config).items()
    return {
        key: str(value).lower() if isinstance(value, bool) else spoken.get(key, str)(value)
        for key, value in positions
    }


def _positions(config: TrainingConfig) -> dict[str, Any]:
    """Keys of the controls, and what they are at."""
    loss = config.loss.replace("-", "_")
    low, high = LOSSES[config.loss].margins
    return {
        TRAIN_LOSS: config.loss.removeprefix("soft-"),
        "train_soft": config.loss == "soft-triplet",
        train_margin(config.loss, config.tuned): float(min(max(config.margin, low), high)),
        "train_begin": "starter" if config.tuned else "nothing",
        _rate_key(config.tuned): min(LEARNING_RATES, key=lambda rate: abs(rate - config.lr)),
        "train_net": config.net,
        "train_embedding": min(EMBEDDINGS, key=lambda size: abs(size - config.embedding)),
        f"train_mining_{loss}": config.mining,
        f"train_normalise_{loss}": config.normalise,
        "train_P": min(config.people, 32),
        "train_K": min(config.pictures, 8),
        "train_seed": min(int(config.seed), SEEDS),
    }


def transport(run: Run, restart: Callable[[], None]) -> None:
    """Train / Pause, Step, Reset, and how fast; above them, the place in the queue."""
    if run.status == "waiting":
        wire.line("queue", wire.queued(run), "train_queue")
    with st.container(horizontal=True, vertical_alignment="bottom", key="train_transport"):
        word, act, icon = _main_button(run)
        st.button(word, on_click=act, icon=f":material/{icon}:", type="primary", key="train_go")
        st.button("Step", on_click=run.step, icon=":material/skip_next:", disabled=run.is_played)
        st.button(
            "Reset",
            on_click=restart,
            icon=":material/replay:",
            help="Begin anew with these settings. What has been trained stays below, among the "
            "runs of this session.",
        )
        pace = st.segmented_control(
            "Speed",
            list(PACES),
            default="Full speed",
            required=True,
            key="train_pace",
            persist_state="session",
            label_visibility="collapsed",
        )
    run.pace = PACES[pace]
    if run.status == "finished":
        st.caption(f"Paused after {counted(run.steps, 'step')}. *Train on* if you want more.")
    if run.status == "failed":
        st.error(f"{plain(run.problem)} Press *Train on* to try again from step {run.steps}.")


def _main_button(run: Run) -> tuple[str, Callable[[], None], str]:
    """What the button for going on or not says and does, and its icon."""
    if run.status == "running":
        return "Pause", run.pause, "pause"
    if run.status == "waiting":
        return "Leave the queue", run.pause, "logout"
    return ("Train on" if run.steps else "Train"), run.play, "play_arrow"
