"""Two faces, closely: how far apart, where it comes from, and what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from pages.ui.charts import kept, plot
from pages.ui.nets import trained_on
from pages.ui.pairs import charts
from pages.ui.pairs.choice import (
    A,
    B,
    Choice,
    choose_face,
    found,
    gallery,
    is_same,
    label_of,
    whole,
    worst,
)
from pages.ui.pairs.pairset import MET, NEW, PairSet
from pages.ui.pairs.threshold import share
from pages.ui.pictures import figure
from pages.ui.reading import embed_two
from pages.ui.session import sample_faces
from pages.ui.shipped import occluded

if TYPE_CHECKING:
    from siamese.pairs import Difference
    from siamese.rendering import Identity, Scene

STANDING_OUT = 5  # coordinates


def two_faces(pair_set: PairSet, threshold: float) -> None:
    """Choose any two, and see why they are as far apart as they are."""
    usual = worst(pair_set)[0][0]
    a, b = (
        found(side, pair_set) or whole(pair_set, index)
        for side, index in ((A, usual[0]), (B, usual[1]))
    )
    left, right = st.columns(2, gap="large")
    with left:
        a = choose_face(A, "One face", a, pair_set)
    with right:
        b = choose_face(B, "Another", b, pair_set)
    closely(pair_set, a, b, threshold)


def closely(pair_set: PairSet, a: Choice, b: Choice, threshold: float) -> None:
    """Distance, verdict, percentile; where it comes from; what differs."""
    codes, distance = embed_two(pair_set.verifier, np.stack([a.picture, b.picture]))
    one, two = st.columns([1.35, 1], gap="large")
    with one:
        st.markdown(verdict(pair_set, a, b, distance, threshold))
        for side in (a, b):
            if note := acquainted(pair_set, side):
                st.caption(note)
        _bars(pair_set, a, b, codes)
    with two:
        _because(pair_set, a, b)
    _drawn(a, b)


def verdict(pair_set: PairSet, a: Choice, b: Choice, distance: float, threshold: float) -> str:
    """The reading in words."""
    below = distance < threshold
    same = is_same(a, b)
    truth = (
        "one picture, twice"
        if a.faces is b.faces and a.photo == b.photo
        else f"two pictures of {a.who}"
        if same
        else f"{a.who} and {b.who}"
    )
    closer_same, closer_different = pair_set.pairs.closer(distance)
    whom = "new to the net" if pair_set.whose == NEW else "whom it learnt from"
    return (
        f"#### {pair_set.said(distance)} apart: counts as "
        f"{'one person' if below else 'two people'}\n\n"
        f"That is {'below' if below else 'not below'} the threshold of {pair_set.said(threshold)}, "
        "and "
        f"**{'right' if below == same else 'wrong'}**: these are {truth}. Of the pairs of one "
        f"person among people {whom}, **{share(closer_same)}** are closer than this; of the pairs "
        f"of two people, **{share(closer_different)}**."
    )


def acquainted(pair_set: PairSet, side: Choice) -> str:
    """A word where the net has learnt from this person."""
    if pair_set.whose == MET or side.faces is gallery():
        return ""
    if not trained_on(pair_set.verifier.name, [side.faces.people[label_of(side)]]):
        return ""
    return (
        f"The net has learnt from pictures of {side.who}: this distance proves nothing "
        "about people who are new to it."
    )


def _because(pair_set: PairSet, a: Choice, b: Choice) -> None:
    """Where on the faces the distance comes from."""
    told = occluded(pair_set.verifier, a.picture, b.picture)
    words = (a.name, b.name, "what the net goes by", "what the net goes by")
    pictures = [*told.faces, *told.drawn()]
    st.html(
        "<div style='display:grid;grid-template-columns:1fr 1fr;gap:.5rem;max-width:24rem'>"
        + "".join(figure(picture, word) for picture, word in zip(pictures, words, strict=True))
        + "</div>"
    )
    st.caption(
        ":orange[**Orange**] holds the two apart: covered, it brings them closer. "
        ":green[**Teal**] speaks for one person: covered, it drives them apart. Each place is "
        "covered with grey in turn and the distance measured again; the strongest one moves it by "
        f"{told.reach:.2g}."
    )


def _bars(pair_set: PairSet, a: Choice, b: Choice, codes: Any) -> None:
    """Both embeddings, and the coordinates that differ most."""
    from siamese.pairs import by_coordinate

    parts = by_coordinate(pair_set.verifier, codes[0], codes[1])
    top = np.argsort(-parts, kind="stable")[:STANDING_OUT]
    total = float(parts[parts > 0].sum())
    names = (a.name, b.name) if a.name != b.name else (a.name, f"{b.name} ")
    most = ", ".join(str(coordinate + 1) for coordinate in sorted(top))
    words = (
        f"The {STANDING_OUT} coordinates that differ most ({most}) make up "
        f"{share(float(parts[top].clip(min=0).sum()) / total)} of the difference."
        if total
        else "No coordinate differs."
    )
    plot(
        kept(charts.codes, codes[0].numpy(), codes[1].numpy(), parts, names, STANDING_OUT),
        key="pairs_codes",
        alt=words,
    )
    shown = min(len(parts), charts.MOST_BARS)
    more = (
        f" Drawn are the {shown} of {len(parts):,} that differ most." if len(parts) > shown else ""
    )
    st.caption(
        f"{words}{more} No coordinate means anything by itself, such as *beard* or *age*: only "
        "together do they place a face."
    )


def _drawn(a: Choice, b: Choice) -> None:
    """For drawn faces: what the renderer was told differently."""
    from siamese.pairs import differences

    one, two = drawn_as(a), drawn_as(b)
    if one is None or two is None:
        return
    (who, scene), (other, taken) = one, two
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**How the photos were taken**: what differs most")
        st.markdown(
            table(
                differences(scene, taken),
                f"{a.who} {a.photo.picture}",
                f"{b.who} {b.photo.picture}",
            )
        )
    with right:
        if who == other:
            st.markdown("**Who they are**: one person, so nothing differs here.")
        else:
            told = differences(who, other)
            st.markdown("**Who they are**: what differs most")
            st.markdown(table(told, a.who, b.who))
            alike = [one.label.lower() for one in told[::-1] if one.group != "Person"][:4]
            st.caption(f"Most alike in: {', '.join(alike)}.")
    st.caption(
        "These people are drawn, so we know what the renderer was told. Largest first, measured by "
        "how much each parameter usually varies."
    )


def table(told: list[Difference], a: str, b: str) -> str:
    """The five largest differences, as Markdown."""
    lines = [f"| | {a} | {b} |", "| --- | --- | --- |"]
    for one in [one for one in told if one.size > 0][:5]:
        unit = f" ({one.unit})" if one.unit and one.unit != "sd" else ""
        lines.append(f"| {one.label}{unit} | {_value(one.a)} | {_value(one.b)} |")
    return "\n".join(lines)


def _value(value: float | str) -> str:
    return (
        value if isinstance(value, str) else f"{value:.2g}" if abs(value) < 10 else f"{value:.0f}"
    )


def drawn_as(side: Choice) -> tuple[Identity, Scene] | None:
    """Who and how the renderer has drawn, where the picture is one of the built-in ones."""
    from siamese.rendering import sample_identity, sample_scene

    sample = sample_faces()
    name = side.faces.people[label_of(side)]
    if name not in sample.people:
        return None
    rows = np.flatnonzero(sample.labels == sample.people.index(name))
    same = [k for k, row in enumerate(rows) if np.array_equal(sample.pictures[row], side.picture)]
    return (sample_identity(name), sample_scene(name, same[0])) if same else None
