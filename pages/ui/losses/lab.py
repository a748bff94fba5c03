"""The loss lab: one loss at a time, its formula with live numbers, its picture, a pair in it."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import nets
from pages.ui.gallery import beside
from pages.ui.losses import charts
from pages.ui.nets import choose_judge
from pages.ui.session import session
from pages.ui.start.twins import Photo
from pages.ui.text import plain
from siamese import losses, losslab
from siamese.losses import LOSSES
from siamese.playground import Playground, trajectory

FAMILIES = ("contrastive", "triplet", "circle", "bce")
GRID = 33  # places a side of a plane
LINE = np.linspace(0, 2, 201)
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
Numbers = dict[str, float]


@dataclass(frozen=True)
class Measured:
    """Faces that the visitor has put in, and what a judge says of them."""

    photos: list[Photo]
    distance: list[float]  # of the first photo to each other one, as the judge measures
    cosine: list[float]
    logit: float | None  # of the first pair, where the judge has a learned head
    judge: str


def choose() -> str:
    loss: str = st.segmented_control(
        "Loss",
        FAMILIES,
        format_func=lambda name: LOSSES[name].label,
        default="contrastive",
        required=True,
        key="l_loss",
        bind="query-params",
    )
    return loss


def lab(loss: str) -> None:
    """Formula and numbers on the left, the picture on the right."""
    left, right = st.columns([1, 1.25], gap="large")
    with left:
        measured = own_faces(loss) if _toggle("Put faces in", "l_own") else None
        numbers = {name: shown(value) for name, value in NUMBERS[loss](measured).items()}
        lines = FORMULAS[loss] + r" \\[0.6em] " + WRITTEN[loss](numbers)
        st.latex(rf"\begin{{aligned}} {lines} \end{{aligned}}")
        st.caption(LEGENDS[loss])
        with st.expander("The function that computes it, from siamese/losses.py"):
            st.code(inspect.getsource(CODE[loss]), "python", wrap_lines=True)
    with right:
        PICTURES[loss](numbers)


def shown(value: float) -> float:
    """A number as the formula writes it: what is computed from it can be followed by hand."""
    return round(value, 2)


# -- faces of one's own ----------------------------------------------------------------------------


def own_faces(loss: str) -> Measured:
    """Two or three photos of the present people, and their distances under a net."""
    roles = ("First", "Second")
    if loss in ("triplet", "circle"):
        roles = ("Anchor", "Same person", "Stranger")  # type: ignore[assignment]
    photos: list[Photo] = []
    for role, column in zip(roles, st.columns(len(roles)), strict=True):
        with column:
            photos.append(_photo(role, photos[0] if role == "Same person" else None))
    judge = choose_judge("l_net", "Measured by")
    faces = beside(session().faces)
    codes = judge.embed(faces.pictures[[photo.index for photo in photos]])
    from siamese.distances import distance_matrix

    cosine = 1 - distance_matrix(codes[:1], codes[1:], "cosine").numpy()[0]
    head = judge.head
    return Measured(
        photos,
        judge.matrix(codes[:1], codes[1:])[0].tolist(),
        cosine.tolist(),
        float(head.logit(codes[0], codes[1]).detach()) if head else None,
        judge.name,
    )


def _unseen() -> tuple[str, ...]:
    """People of the session whom the shipped net has never met; all where there is nobody else."""
    people = session().faces.people
    met = set(nets.met(nets.SHIPPED, people))
    return tuple(name for name in people if name not in met) or people


def _photo(role: str, person_of: Photo | None) -> Photo:
    """A choice of person and picture; `person_of` fixes the person."""
    faces = beside(session().faces)
    key = f"l_{role.split()[0].lower()}"
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


# -- numbers: by hand or from faces ----------------------------------------------------------------


def _toggle(label: str, key: str) -> bool:
    return st.toggle(label, key=key, bind="query-params")


def _slider(label: str, key: str, low: float, high: float, value: float, **more: Any) -> float:
    return st.slider(label, low, high, value, 0.01, key=key, bind="query-params", **more)


def _told(measured: Measured, values: list[float], what: str) -> None:
    others = ", ".join(
        f"{value:.3f} to {plain(photo.name)} {photo.picture}"
        for value, photo in zip(values, measured.photos[1:], strict=True)
    )
    anchor = measured.photos[0]
    st.markdown(
        f"{what} of **{plain(anchor.name)} {anchor.picture}** under *{plain(measured.judge)}*: "
        f"{others}."
    )


def _contrastive_numbers(measured: Measured | None) -> Numbers:
    margin = _slider("Margin m", "l_m", 0.1, 3.0, 1.0)
    if measured:
        a, b = measured.photos
        _told(measured, measured.distance, "Distance")
        return {"D": measured.distance[0], "Y": float(a.person == b.person), "m": margin}
    distance = _slider("Distance D of the pair", "l_d", 0.0, 2.0, 0.6)
    same = st.segmented_control(
        "The pair shows",
        ["Two people", "One person"],
        default="Two people",
        required=True,
        key="l_pair",
        bind="query-params",
    )
    return {"D": distance, "Y": float(same == "One person"), "m": margin}


def _triplet_numbers(measured: Measured | None) -> Numbers:
    margin = _slider("Margin m", "l_mt", 0.0, 2.0, 0.3)
    if measured:
        _told(measured, measured.distance, "Distance")
        return {"p": measured.distance[0], "n": measured.distance[1], "m": margin}
    return {
        "p": _slider("d(a,p): to another photo of the same person", "l_p", 0.0, 2.0, 0.7),
        "n": _slider("d(a,n): to a stranger", "l_n", 0.0, 2.0, 0.8),
        "m": margin,
    }


def _circle_numbers(measured: Measured | None) -> Numbers:
    numbers = {
        "m": _slider("Margin m", "l_mc", 0.05, 0.6, 0.25),
        "g": st.slider("Steepness γ", 1, 256, 64, key="l_g", bind="query-params"),
    }
    if measured:
        _told(measured, measured.cosine, "Cosine")
        return numbers | {"sp": measured.cosine[0], "sn": measured.cosine[1]}
    return numbers | {
        "sp": _slider("s_p: cosine with another photo of the same person", "l_sp", -1.0, 1.0, 0.7),
        "sn": _slider("s_n: cosine with a stranger", "l_sn", -1.0, 1.0, 0.3),
    }


def _bce_numbers(measured: Measured | None) -> Numbers:
    if measured and measured.logit is not None:
        a, b = measured.photos
        st.markdown(f"The head of *{plain(measured.judge)}* says **z = {measured.logit:.2f}**.")
        return {"z": measured.logit, "Y": float(a.person == b.person)}
    if measured:
        st.info(
            f"*{plain(measured.judge)}* has no learned head, so it has no *z*. Train a net with "
            "BCE on the Train page and choose it here; until then set *z* by hand."
        )
    logit = _slider("Logit z: what the head says", "l_z", -8.0, 8.0, 1.0)
    same = st.segmented_control(
        "The pair shows",
        ["Two people", "One person"],
        default="Two people",
        required=True,
        key="l_pair",
        bind="query-params",
    )
    return {"z": logit, "Y": float(same == "One person")}


# -- the second line of the formula ----------------------------------------------------------------


def written_contrastive(n: Numbers) -> str:
    loss = _value(losslab.contrastive(bool(n["Y"]), n["m"]), n["D"])
    return (
        rf"&= {n['Y']:.0f}\cdot {n['D']:.2f}^2 + {1 - n['Y']:.0f}\cdot"
        rf"\max({n['m']:.2f} - {n['D']:.2f},\ 0)^2 \\ &= \mathbf{{{loss:.4f}}}"
    )


def written_triplet(n: Numbers) -> str:
    loss = _value(losslab.triplet(n["m"]), n["p"], n["n"])
    numbers = rf"&= \max({n['p']:.2f} - {n['n']:.2f} + {n['m']:.2f},\ 0)"
    return rf"{numbers} \\ &= \mathbf{{{loss:.4f}}}"


def written_circle(n: Numbers) -> str:
    an, ap = max(n["sn"] + n["m"], 0), max(1 + n["m"] - n["sp"], 0)
    loss = _value(losslab.circle(n["m"], n["g"]), n["sn"], n["sp"])
    push = rf"e^{{{n['g']}\cdot{an:.2f}\,({n['sn']:.2f}-{n['m']:.2f})}}"
    pull = rf"e^{{-{n['g']}\cdot{ap:.2f}\,({n['sp']:.2f}-{1 - n['m']:.2f})}}"
    return rf"&= \log\big[1 + {push} \\ &\qquad\cdot {pull}\big] \\ &= \mathbf{{{loss:.4f}}}"


def written_bce(n: Numbers) -> str:
    loss = _value(losslab.cross_entropy(bool(n["Y"])), n["z"])
    chance = 1 / (1 + math.exp(-n["z"]))
    inner = f"{chance:.3f}" if n["Y"] else rf"1 - {chance:.3f}"
    return rf"&= -\log\big({inner}\big) \\ &= \mathbf{{{loss:.4f}}}"


def _value(loss: Callable[..., Any], *at: float) -> float:
    return float(losslab.value_and_slopes(loss, *([place] for place in at))[0][0])


# -- pictures --------------------------------------------------------------------------------------


def _contrastive_picture(n: Numbers) -> None:
    kinds = {"same person": True, "two people": False}
    both = {
        kind: losslab.value_and_slopes(losslab.contrastive(same, n["m"]), LINE)
        for kind, same in kinds.items()
    }
    kind = "same person" if n["Y"] else "two people"
    value, (slope,) = losslab.value_and_slopes(losslab.contrastive(bool(n["Y"]), n["m"]), [n["D"]])
    rules = {"margin": n["m"]} if n["m"] <= 2 else {}
    st.altair_chart(
        charts.curves(
            LINE,
            {kind: values for kind, (values, _) in both.items()},
            "loss",
            "distance D",
            rules=rules,
            point=(n["D"], float(value[0]), kind),
        ),
        key="l_values",
        alt=f"Loss against distance. At {n['D']:.2f}, {kind}: {value[0]:.3f}.",
    )
    st.altair_chart(
        charts.curves(
            LINE,
            {kind: slopes[0] for kind, (_, slopes) in both.items()},
            "slope",
            "distance D",
            rules=rules,
            point=(n["D"], float(slope[0]), kind),
        ),
        key="l_slopes",
        alt=f"Slope of the loss against distance. At {n['D']:.2f}, {kind}: {slope[0]:.3f}.",
    )
    st.caption(in_words(float(slope[0]), n["m"]))


def in_words(slope: float, margin: float) -> str:
    """What a step of training does to the pair, and what the margin can do on the sphere."""
    if slope > 0:
        words = f"Slope {slope:.2f}: a step pulls the two **together**."
    elif slope < 0:
        words = f"Slope {slope:.2f}: a step pushes the two **apart**."
    else:
        words = "Slope 0: a step **leaves them alone**."
    if margin > 2:
        words += (
            f" On the unit sphere nothing is further apart than 2, so with a margin of {margin:.2f}"
            f" every pair of strangers keeps a loss of at least (m − 2)² = "
            f"{losslab.least_push(margin):.2f}."
        )
    return words


def _two_squares() -> list[DeltaGenerator]:
    """Places for two pictures of a plane, side by side where there is room."""
    row = st.container(horizontal=True)
    return [row.container(width=300) for _ in range(2)]


def _triplet_picture(n: Numbers) -> None:
    margin, point = n["m"], (n["n"], n["p"])
    far = np.array([-1.0, 3.0])
    hinge, soft = _two_squares()
    # The plane is drawn with the stranger to the right and the same person upwards.
    for place, name, m in ((hinge, "Hinge", margin), (soft, "Soft margin", None)):
        loss = losslab.triplet(m)
        seen = losslab.plane(lambda x, y, loss=loss: loss(y, x), 0, 2, GRID)
        edges = {"as far as each other": (far, far)}
        words = [(1.6, 0.35, "easy")] if m is None else [(min(1.62, 1 + margin), 0.2, "easy: 0")]
        if m is not None:
            edges["a margin further"] = (far + margin, far)
            words += [(0.45, 1.6, "hard")]
            words += [(1.15 + margin / 2, 1.15, "semi-hard")] if margin > 0.15 else []
        with place:
            st.markdown(f"**{name}**")
            st.altair_chart(
                charts.heat(
                    seen,
                    ("d(a,n)", "d(a,p)"),
                    most=2 + margin,
                    edges=edges,
                    words=words,
                    point=point,
                ),
                width="content",
                key=f"l_plane_{name}",
                alt=f"{name}: loss over both distances; here {_value(loss, n['p'], n['n']):.3f}.",
            )
    kind = losslab.kind_of_triplet(n["p"], n["n"], margin)
    told = {
        "easy": "an **easy** triplet: the stranger is a margin further away, the hinge is 0 and "
        "rests",
        "semi-hard": "a **semi-hard** triplet: the stranger is further away, but not by a margin",
        "hard": "a **hard** triplet: the stranger is nearer than the same person",
    }[kind]
    st.caption(
        f"This is {told}. With the soft margin its loss is "
        f"{_value(losslab.triplet(None), n['p'], n['n']):.3f}."
    )


def _circle_picture(n: Numbers) -> None:
    margin, point = n["m"], (n["sn"], n["sp"])
    one, two = _two_squares()
    round_, straight = losslab.circle(margin, n["g"]), losslab.triplet(margin)
    angle = np.linspace(0, 2 * np.pi, 121)
    radius = math.sqrt(2) * margin
    line = np.array([-0.6, 1.2])
    pictures = (
        (
            one,
            "Circle",
            losslab.plane(round_, -0.25, 1, GRID),
            {"decision circle": (radius * np.cos(angle), 1 + radius * np.sin(angle))},
            [(-0.08, 0.94, "rest")],
        ),
        (
            two,
            "Triplet, on cosines",
            losslab.plane(lambda x, y: straight(x, y), -0.25, 1, GRID),
            {"decision line": (line, line + margin)},
            [(-0.08, 0.94, "rest")],
        ),
    )
    for place, name, seen, edges, words in pictures:
        with place:
            st.markdown(f"**{name}**")
            st.altair_chart(
                charts.heat(
                    seen,
                    ("s_n: stranger", "s_p: same person"),
                    most=float(np.quantile(seen.value, 0.95)),
                    edges=edges,
                    words=words,
                    point=point,
                    arrows=True,
                ),
                width="content",
                key=f"l_circle_{name.split()[0]}",
                alt=f"{name}: loss over both cosines, arrows where training moves them.",
            )
    _, (push, pull) = losslab.value_and_slopes(round_, [n["sn"]], [n["sp"]])
    st.caption(
        f"Circle: this stranger is pushed with a force of {abs(push[0]):.2f}, this photo of the "
        f"same person pulled with {abs(pull[0]):.2f}: each by its own weight, and alike only where "
        "s_n = 1 − s_p. **Triplet pushes and pulls equally hard wherever its loss is above 0**, "
        "so all places on the line are as good. Circle aims at one corner, top "
        "left, and its edge is the circle s_n² + (s_p − 1)² = 2m²."
    )


def _bce_picture(n: Numbers) -> None:
    logits = np.linspace(-8, 8, 161)
    kind = "same person" if n["Y"] else "two people"
    value = _value(losslab.cross_entropy(bool(n["Y"])), n["z"])
    lines = {
        "same person": losslab.value_and_slopes(losslab.cross_entropy(True), logits)[0],
        "two people": losslab.value_and_slopes(losslab.cross_entropy(False), logits)[0],
    }
    st.altair_chart(
        charts.curves(
            logits, lines, "loss", "logit z", rules={"undecided": 0.0}, point=(n["z"], value, kind),
            height=300,
        ),
        key="l_bce",
        alt=f"Loss against the logit. At {n['z']:.2f}, {kind}: {value:.3f}.",
    )  # fmt: skip
    st.markdown(
        "**What it sees:** one number for each pair, and whether it should have been high or low. "
        "It never rests: even a right answer is pushed to be more certain.\n\n"
        "**What it cannot see:** the embeddings. Two pairs with the same *z* have the same loss, "
        "however differently their faces lie. There is no margin, and nothing asks that the "
        "embeddings of one person lie together; the head *w* sorts that out, for pairs alone."
    )


NUMBERS = {
    "contrastive": _contrastive_numbers,
    "triplet": _triplet_numbers,
    "circle": _circle_numbers,
    "bce": _bce_numbers,
}
WRITTEN = {
    "contrastive": written_contrastive,
    "triplet": written_triplet,
    "circle": written_circle,
    "bce": written_bce,
}
PICTURES = {
    "contrastive": _contrastive_picture,
    "triplet": _triplet_picture,
    "circle": _circle_picture,
    "bce": _bce_picture,
}


# -- two lessons below -----------------------------------------------------------------------------


def roots() -> None:
    """Squared or plain distance, free or normalised embeddings."""
    st.subheader("Squared or plain? Free or on the sphere?", anchor=False)
    naive, ours = losslab.slope_at_zero(guarded=False), losslab.slope_at_zero(guarded=True)
    st.markdown(
        "| at distance 0 | slope of it |\n| --- | --- |\n"
        "| squared distance | 0, and hardly more nearby: near pairs are pulled ever more gently |\n"
        f"| plain distance, √ as it is | **{_number(naive)}**: the slope of a root is infinite at "
        "0, times a difference of 0 |\n"
        f"| plain distance here | **{_number(ours)}**: the root is taken only where there is "
        "something to take it of |\n"
    )
    st.markdown(
        "One such *NaN* in one pair, two copies of a photo are enough, turns all weights of a net "
        "into *NaN* at the next step. **On the sphere** (embeddings of length 1) distances end at "
        "2, so a margin means the same in every run, and one above 2 can never be met. **Free** "
        "embeddings can always meet the margin by growing; the net may then learn to be large "
        "instead of right."
    )


def _number(value: float) -> str:
    return "NaN" if math.isnan(value) else f"{value:g}"


def slip() -> None:
    """The triplet loss with its sign turned round, and what training on it does."""
    st.subheader("A slip of the pen", anchor=False)
    st.markdown(
        "A formula that one meets in notes on triplet loss has its sign turned round: "
        r"$\max\big(d(a,n) - d(a,p) + m,\ 0\big)$. It looks alike. Let it move points:"
    )
    flipped = _toggle("Flip the sign", "l_slip")
    right, wrong = trajectory(Playground()), trajectory(Playground(flipped=True))
    lines = {"same person, right sign": right.same, "two people, right sign": right.different}
    if flipped:
        lines = {"same person, flipped": wrong.same, "two people, flipped": wrong.different} | lines
    shown = wrong if flipped else right
    words = (
        f"After {len(shown.loss) - 1} steps photos of one person are {shown.same[-1]:.2f} apart "
        f"and strangers {shown.different[-1]:.2f}."
    )
    st.altair_chart(charts.over_steps(lines, "mean distance"), key="l_slip_chart", alt=words)
    told = " **People are pushed apart from themselves, and strangers fall together.**"
    st.caption(words + told * flipped)
