"""The numbers that go into a loss: by hand or from faces, and as the formula writes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.inputs import one_of
from pages.ui.photo import Photo
from pages.ui.text import plain
from siamese import losslab

LINE = np.linspace(0, 2, 201)
Numbers = dict[str, float]


def slider(label: str, key: str, low: float, high: float, value: float, **more: Any) -> float:
    return st.slider(label, low, high, value, 0.01, key=key, bind="query-params", **more)


@dataclass(frozen=True)
class Measured:
    """Faces that the visitor has put in, and what a verifier says of them."""

    photos: list[Photo]
    distance: list[float]  # of the first photo to each other one, as the verifier measures
    cosine: list[float]
    logit: float | None  # of the first pair, where the verifier has a learned head
    verifier: str


def contrastive_numbers(measured: Measured | None) -> Numbers:
    margin = slider("Margin m", "losses_m", 0.1, 3.0, 1.0)
    if measured:
        a, b = measured.photos
        _told(measured, measured.distance, "Distance")
        return {"D": measured.distance[0], "Y": float(a.person == b.person), "m": margin}
    distance = slider("Distance D of the pair", "losses_d", 0.0, 2.0, 0.6)
    return {"D": distance, "Y": _same(), "m": margin}


def triplet_numbers(measured: Measured | None) -> Numbers:
    margin = slider("Margin m", "losses_mt", 0.0, 2.0, 0.3)
    if measured:
        _told(measured, measured.distance, "Distance")
        return {"p": measured.distance[0], "n": measured.distance[1], "m": margin}
    return {
        "p": slider("d(a,p): to another photo of the same person", "losses_p", 0.0, 2.0, 0.7),
        "n": slider("d(a,n): to a stranger", "losses_n", 0.0, 2.0, 0.8),
        "m": margin,
    }


def circle_numbers(measured: Measured | None) -> Numbers:
    numbers = {
        "m": slider("Margin m", "losses_mc", 0.05, 0.6, 0.25),
        "g": st.slider("Steepness γ", 1, 256, 64, key="losses_g", bind="query-params"),
    }
    if measured:
        _told(measured, measured.cosine, "Cosine")
        return numbers | {"sp": measured.cosine[0], "sn": measured.cosine[1]}
    return numbers | {
        "sp": slider(
            "s_p: cosine with another photo of the same person", "losses_sp", -1.0, 1.0, 0.7
        ),
        "sn": slider("s_n: cosine with a stranger", "losses_sn", -1.0, 1.0, 0.3),
    }


def bce_numbers(measured: Measured | None) -> Numbers:
    if measured and measured.logit is not None:
        a, b = measured.photos
        st.markdown(f"The head of *{plain(measured.verifier)}* says **z = {measured.logit:.2f}**.")
        return {"z": measured.logit, "Y": float(a.person == b.person)}
    if measured:
        st.info(
            f"*{plain(measured.verifier)}* has no learned head, so it has no *z*. Train a net with "
            "BCE on the Train page and choose it here; until then set *z* by hand."
        )
    logit = slider("Logit z: what the head says", "losses_z", -8.0, 8.0, 1.0)
    return {"z": logit, "Y": _same()}


def _same() -> float:
    """1 where the pair shows one person, 0 where it shows two."""
    shown = one_of("The pair shows", ["Two people", "One person"], key="losses_pair")
    return float(shown == "One person")


def _told(measured: Measured, values: list[float], what: str) -> None:
    others = ", ".join(
        f"{value:.3f} to {plain(photo.name)} {photo.picture}"
        for value, photo in zip(values, measured.photos[1:], strict=True)
    )
    anchor = measured.photos[0]
    st.markdown(
        f"{what} of **{plain(anchor.name)} {anchor.picture}** under *{plain(measured.verifier)}*: "
        f"{others}."
    )


NUMBERS = {
    "contrastive": contrastive_numbers,
    "triplet": triplet_numbers,
    "circle": circle_numbers,
    "bce": bce_numbers,
}


def written_contrastive(n: Numbers) -> str:
    loss = value_of(losslab.contrastive(bool(n["Y"]), n["m"]), n["D"])
    return (
        rf"&= {n['Y']:.0f}\cdot {n['D']:.2f}^2 + {1 - n['Y']:.0f}\cdot"
        rf"\max({n['m']:.2f} - {n['D']:.2f},\ 0)^2 \\ &= \mathbf{{{loss:.4f}}}"
    )


def written_triplet(n: Numbers) -> str:
    loss = value_of(losslab.triplet(n["m"]), n["p"], n["n"])
    numbers = rf"&= \max({n['p']:.2f} - {n['n']:.2f} + {n['m']:.2f},\ 0)"
    return rf"{numbers} \\ &= \mathbf{{{loss:.4f}}}"


def written_circle(n: Numbers) -> str:
    an, ap = max(n["sn"] + n["m"], 0), max(1 + n["m"] - n["sp"], 0)
    loss = value_of(losslab.circle(n["m"], n["g"]), n["sn"], n["sp"])
    push = rf"e^{{{n['g']}\cdot{an:.2f}\,({n['sn']:.2f}-{n['m']:.2f})}}"
    pull = rf"e^{{-{n['g']}\cdot{ap:.2f}\,({n['sp']:.2f}-{1 - n['m']:.2f})}}"
    return rf"&= \log\big[1 + {push} \\ &\qquad\cdot {pull}\big] \\ &= \mathbf{{{loss:.4f}}}"


def written_bce(n: Numbers) -> str:
    loss = value_of(losslab.cross_entropy(bool(n["Y"])), n["z"])
    chance = 1 / (1 + math.exp(-n["z"]))
    inner = f"{chance:.3f}" if n["Y"] else rf"1 - {chance:.3f}"
    return rf"&= -\log\big({inner}\big) \\ &= \mathbf{{{loss:.4f}}}"


def value_of(loss: Callable[..., Any], *at: float) -> float:
    return float(losslab.value_and_slopes(loss, *([place] for place in at))[0][0])


WRITTEN = {
    "contrastive": written_contrastive,
    "triplet": written_triplet,
    "circle": written_circle,
    "bce": written_bce,
}
