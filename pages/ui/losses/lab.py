"""The loss lab: one loss at a time, its formula with live numbers, its picture, a pair in it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.ui import nets
from pages.ui.gallery import beside
from pages.ui.inputs import one_of, switch
from pages.ui.losses.numbers import NUMBERS, WRITTEN, Measured
from pages.ui.losses.pictures import PICTURES
from pages.ui.nets import choose_verifier
from pages.ui.photo import Photo
from pages.ui.session import session
from pages.ui.text import plain
from siamese import losses
from siamese.losses import LOSSES

FAMILIES = ("contrastive", "triplet", "circle", "bce")
FORMULAS = {
    "contrastive": r"L &= Y\,D^2 + (1-Y)\,\max(m - D,\ 0)^2",
    "triplet": r"L &= \max\big(d(a,p) - d(a,n) + m,\ 0\big)",
    "circle": r"L &= \log\Big[1 + \sum_n e^{\gamma\alpha_n(s_n-m)} \\ &\qquad\cdot"
    r"\ \sum_p e^{-\gamma\alpha_p(s_p-(1-m))}\Big]",
    "bce": r"L &= -Y\log\sigma(z) \\ &\quad - (1-Y)\log\big(1-\sigma(z)\big)",
}
LEGENDS = {
    "contrastive": "*D* is the distance of a pair, *Y* is 1 for one person and 0 for two, *m* is "
    "the margin.",
    "triplet": "*d(a,p)* is the distance from the anchor to another photo of the same person, "
    "*d(a,n)* to a stranger, *m* is the margin.",
    "circle": "*s* is the cosine of a pair: *p* of one person, *n* of two. The weights "
    "α_p = max(1 + m − s_p, 0) and α_n = max(s_n + m, 0) make the worst pairs count most.",
    "bce": "*z* is what the learned head says of a pair: *w·|e₁ − e₂| + b*. *Y* is 1 for one "
    "person.",
}
CODE: dict[str, Callable[..., Any]] = {
    "contrastive": losses.contrastive,
    "triplet": losses.triplet,
    "circle": losses.circle,
    "bce": losses.binary_cross_entropy,
}


def choose_loss() -> str:
    loss: str = one_of(
        "Loss",
        FAMILIES,
        key="losses_loss",
        called=lambda name: LOSSES[name].label,
    )
    return loss


def lab(loss: str) -> None:
    """Formula and numbers on the left, the picture on the right."""
    left, right = st.columns([1, 1.25], gap="large")
    with left:
        measured = own_faces(loss) if switch("Put faces in", "losses_own") else None
        numbers = {name: shown(value) for name, value in NUMBERS[loss](measured).items()}
        lines = FORMULAS[loss] + r" \\[0.6em] " + WRITTEN[loss](numbers)
        with st.container(key="losses_formula"):  # as large as its column lets it be
            st.latex(rf"\begin{{aligned}} {lines} \end{{aligned}}")
        st.caption(LEGENDS[loss])
        with st.expander("The function that computes it, from siamese/losses.py"):
            st.code(inspect.getsource(CODE[loss]), "python", wrap_lines=True)
    with right:
        PICTURES[loss](numbers)


def shown(value: float) -> float:
    """A number as the formula writes it: what is computed from it can be followed by hand."""
    return round(value, 2)


def own_faces(loss: str) -> Measured:
    """Two or three photos of the present people, and their distances under a net."""
    roles = ("First", "Second")
    if loss in ("triplet", "circle"):
        roles = ("Anchor", "Same person", "Stranger")  # type: ignore[assignment]
    photos: list[Photo] = []
    for role, column in zip(roles, st.columns(len(roles)), strict=True):
        with column:
            photos.append(_photo(role, photos[0] if role == "Same person" else None))
    verifier = choose_verifier("losses_net", "Measured by")
    faces = beside(session().faces)
    codes = verifier.embed(faces.pictures[[photo.index for photo in photos]])
    from siamese.distances import distance_matrix

    cosine = 1 - distance_matrix(codes[:1], codes[1:], "cosine").numpy()[0]
    head = verifier.head
    return Measured(
        photos,
        verifier.matrix(codes[:1], codes[1:])[0].tolist(),
        cosine.tolist(),
        float(head.logit(codes[0], codes[1]).detach()) if head else None,
        verifier.name,
    )


def _photo(role: str, person_of: Photo | None) -> Photo:
    """A choice of person and picture; `person_of` fixes the person."""
    faces = beside(session().faces)
    key = f"losses_{role.split()[0].lower()}"
    unseen = _unseen()
    start = unseen[min(1, len(unseen) - 1)] if role == "Stranger" else unseen[0]
    if person_of is None:
        names = list(faces.people)
        name = st.selectbox(role, names, names.index(start), key=f"{key}_who", bind="query-params")
        label = names.index(name)
    else:
        label = int(faces.labels[person_of.index])
        st.markdown(f"{role}: **{plain(person_of.name)}**")
    most = int(faces.counts[label])
    usual = min(2 if role in ("Second", "Same person") else 1, most)
    number = usual
    if most > 1:
        number = st.number_input(
            "Photo", 1, most, usual, key=f"{key}_photo_{most}", bind="query-params"
        )
    photo = Photo.of(faces, label, number)
    st.image(faces.pictures[photo.index], width=96, alt=f"{photo.name}, photo {photo.picture}")
    return photo


def _unseen() -> tuple[str, ...]:
    """People of the session whom the shipped net has never met; all where there is nobody else."""
    people = session().faces.people
    trained_on = set(nets.trained_on(nets.SHIPPED, people))
    return tuple(name for name in people if name not in trained_on) or people
