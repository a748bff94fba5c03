"""What one may look at closely on the pairs page: one part at a time, and only that is computed."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from pages.ui.gallery import contents
from pages.ui.nets import met
from pages.ui.pairs import charts, set, trap
from pages.ui.pairs.set import MET, NEW, WISHES, Look, share
from pages.ui.session import sample_faces, session
from pages.ui.shipped import occluded
from pages.ui.start.twins import Photo
from pages.ui.text import plain
from siamese.datasets import FaceSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siamese.pairs import Difference, Trial
    from siamese.rendering import Identity, Scene

TWO, WORST = "Two faces, closely", "The worst pairs"
TRIAL, MARGIN, TRAP = "The threshold on trial", "Margin and threshold", "The trap"
A, B = "p_a", "p_b"  # ids of the two faces, in the session and in the link
PART = "p_part"
WORST_SHOWN = 5  # of each kind
DRAWS = 12
STANDING_OUT = 5  # coordinates
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def chosen(look: Look, threshold: float) -> None:
    """The part that was asked for."""
    part: str = st.segmented_control(
        "Look closer",
        list(PARTS),
        default=TWO,
        required=True,
        key=PART,
        bind="query-params",
        label_visibility="collapsed",
    )
    PARTS[part](look, threshold)


# -- two faces -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Choice:
    """One face that is looked at closely."""

    photo: Photo
    faces: FaceSet

    @property
    def picture(self) -> NDArray[np.uint8]:
        return np.asarray(self.faces.pictures[self.photo.index])

    @property
    def who(self) -> str:
        """The person, safe in Markdown: a name may hold anything."""
        return plain(self.photo.name)

    @property
    def name(self) -> str:
        return f"{self.photo.name} {self.photo.picture}"


def two_faces(look: Look, threshold: float) -> None:
    """Choose any two, and see why they are as far apart as they are."""
    usual = worst(look)[0][0]
    a, b = (
        found(side, look) or whole(look, index) for side, index in ((A, usual[0]), (B, usual[1]))
    )
    left, right = st.columns(2, gap="large")
    with left:
        a = _choose(A, "One face", a, look)
    with right:
        b = _choose(B, "Another", b, look)
    closely(look, a, b, threshold)


def closely(look: Look, a: Choice, b: Choice, threshold: float) -> None:
    """Distance, verdict, percentile; where it comes from; what differs."""
    codes = look.judge.embed(np.stack([a.picture, b.picture]))  # (2, D)
    distance = float(look.judge.matrix(codes[:1], codes[1:]).item())
    one, two = st.columns([1.35, 1], gap="large")
    with one:
        st.markdown(verdict(look, a, b, distance, threshold))
        for side in (a, b):
            if note := acquainted(look, side):
                st.caption(note)
        _bars(look, a, b, codes)
    with two:
        _because(look, a, b)
    _drawn(a, b)


def verdict(look: Look, a: Choice, b: Choice, distance: float, threshold: float) -> str:
    """The reading in words."""
    below = distance < threshold
    same = _same(a, b)
    truth = (
        "one picture, twice"
        if a.faces is b.faces and a.photo == b.photo
        else f"two pictures of {a.who}"
        if same
        else f"{a.who} and {b.who}"
    )
    closer_same, closer_different = look.pairs.closer(distance)
    whom = "new to the net" if look.whose == NEW else "whom it learnt from"
    return (
        f"#### {look.said(distance)} apart: counts as {'one person' if below else 'two people'}\n\n"
        f"That is {'below' if below else 'not below'} the threshold of {look.said(threshold)}, and "
        f"**{'right' if below == same else 'wrong'}**: these are {truth}. Of the pairs of one "
        f"person among people {whom}, **{share(closer_same)}** are closer than this; of the pairs "
        f"of two people, **{share(closer_different)}**."
    )


def acquainted(look: Look, side: Choice) -> str:
    """A word where the net has learnt from this person."""
    if look.whose == MET or side.faces is gallery():
        return ""
    if not met(look.judge.name, [side.faces.people[_label(side)]]):
        return ""
    return (
        f"The net has learnt from pictures of {side.who}: this distance proves nothing "
        "about people who are new to it."
    )


def _same(a: Choice, b: Choice) -> bool:
    return a.faces is b.faces and a.photo.person == b.photo.person


def _label(side: Choice) -> int:
    return int(side.faces.labels[side.photo.index])


def _because(look: Look, a: Choice, b: Choice) -> None:
    """Where on the faces the distance comes from."""
    told = occluded(look.judge, a.picture, b.picture)
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


def figure(picture: NDArray[np.uint8], word: str) -> str:
    """A picture with its caption, as HTML."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "WEBP", quality=90)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return (
        "<figure style='margin:0;min-width:0'>"
        f"<img src='data:image/webp;base64,{data}' alt='{escape(word, quote=True)}' "
        "style='width:100%;border-radius:.7rem;display:block'>"
        f"<figcaption style='font-size:.84rem;opacity:.75;padding:.15rem .1rem'>{escape(word)}"
        "</figcaption></figure>"
    )


def _bars(look: Look, a: Choice, b: Choice, codes: Any) -> None:
    """Both embeddings, and the coordinates that differ most."""
    from siamese.pairs import by_coordinate

    parts = by_coordinate(look.judge, codes[0], codes[1])
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
    st.altair_chart(
        charts.codes(codes[0].numpy(), codes[1].numpy(), parts, names, STANDING_OUT),
        key="p_codes",
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
    name = side.faces.people[_label(side)]
    if name not in sample.people:
        return None
    rows = np.flatnonzero(sample.labels == sample.people.index(name))
    same = [k for k, row in enumerate(rows) if np.array_equal(sample.pictures[row], side.picture)]
    return (sample_identity(name), sample_scene(name, same[0])) if same else None


# -- choosing --------------------------------------------------------------------------------------


def gallery() -> FaceSet | None:
    """The visitor's own people, as faces."""
    own = session().gallery
    if not own:
        return None

    def joined() -> FaceSet:
        counts = [len(pictures) for pictures in own.values()]
        return FaceSet(
            np.concatenate(list(own.values())),
            np.repeat(np.arange(len(own)), counts),
            tuple(f"{name} (mine)" for name in own),
            tuple(
                f"{name}/{number}"
                for name, count in zip(own, counts, strict=True)
                for number in range(count)
            ),
        )

    return session().recall("mine", contents(own), joined, most=1)


def sources(look: Look) -> list[FaceSet]:
    """Where faces can be chosen from: everybody, or the people of a run that began with others; and
    the visitor's own."""
    own = gallery()
    return [session().faces if _of_today(look) else look.faces, *([own] if own else [])]


def _of_today(look: Look) -> bool:
    """Are all its pictures among those that the session works with now?"""
    everybody = session().faces

    def contained() -> bool:
        ours, theirs = (
            {
                (faces.people[label], file)
                for label, file in zip(faces.labels, faces.files, strict=True)
            }
            for faces in (look.faces, everybody)
        )
        return ours <= theirs

    return session().recall("today", (look.faces, everybody), contained, most=6)


def found(side: str, look: Look) -> Choice | None:
    """The face of the link or the session, if it is here."""
    asked = st.query_params.get(side, st.session_state.get(side, ""))
    for faces in sources(look):
        if photo := Photo.find(faces, str(asked)):
            return Choice(photo, faces)
    return None


def whole(look: Look, index: int) -> Choice:
    """A picture of the look, by its number in it, as one of all faces. Split by picture, a person's
    first unseen picture is not their first one."""
    name, file = look.faces.people[look.faces.labels[index]], look.faces.files[index]
    everybody = session().faces
    if not _of_today(look):
        return Choice(Photo.at(look.faces, index), look.faces)
    rows = np.flatnonzero(everybody.labels == everybody.people.index(name))
    row = next(row for row in rows if everybody.files[row] == file)
    return Choice(Photo.at(everybody, int(row)), everybody)


def _choose(side: str, label: str, now: Choice, look: Look) -> Choice:
    """Person and picture, as controls that follow the link and what was clicked."""
    offered = [(faces, person) for faces in sources(look) for person in range(len(faces.people))]
    place = next(
        n
        for n, (faces, person) in enumerate(offered)
        if faces is now.faces and person == _label(now)
    )
    who, nth = f"{side}_who", f"{side}_nth"
    st.session_state[who], st.session_state[nth] = place, now.photo.picture

    def change() -> None:
        faces, person = offered[st.session_state[who]]
        wish = Photo.of(faces, person, min(st.session_state[nth], int(faces.counts[person])))
        set.remember(side, wish.id)

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            label,
            range(len(offered)),
            format_func=lambda n: _spoken(offered[n][0].people[offered[n][1]]),
            key=who,
            on_change=change,
        )
        st.number_input(
            f"Photo, of {now.photo.pictures}",
            1,
            now.photo.pictures,
            key=nth,
            on_change=change,
            disabled=now.photo.pictures < 2,
            width=120,
        )
        st.image(now.picture, width=64, alt=now.name)
    set.remember(side, now.photo.id)
    return now


def _spoken(name: str) -> str:
    return name if name != name.lower() else name.title()


# -- the worst pairs -------------------------------------------------------------------------------


def worst(look: Look) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Nearest strangers and furthest selves, as pictures of the look."""
    from siamese.pairs import furthest_selves, nearest_strangers

    if "worst" not in look.kept:
        labels = look.faces.labels
        look.kept["worst"] = tuple(
            [(int(look.pairs.a[pair]), int(look.pairs.b[pair])) for pair in kind]
            for kind in (
                nearest_strangers(look.pairs, labels, WORST_SHOWN),
                furthest_selves(look.pairs, labels, WORST_SHOWN),
            )
        )
    return cast("tuple[list[tuple[int, int]], list[tuple[int, int]]]", look.kept["worst"])


def worst_pairs(look: Look, threshold: float) -> None:
    """Both galleries, and the pair that is pressed, closely."""
    strangers, selves = worst(look)
    a, b = found(A, look), found(B, look)
    now = (a.photo.id, b.photo.id) if a and b else None
    st.markdown(
        "**Nearest strangers**: two people whom the net takes for one first, whatever the threshold"
    )
    _gallery(look, strangers, threshold, now)
    st.markdown("**Furthest selves**: one person whom the net takes for two")
    _gallery(look, selves, threshold, now)
    if a is None or b is None:
        a, b = (whole(look, picture) for picture in strangers[0])
    st.space("small")
    closely(look, a, b, threshold)


def _gallery(
    look: Look, couples: list[tuple[int, int]], threshold: float, now: tuple[str, str] | None
) -> None:
    with st.container(horizontal=True, gap="small"):
        for one, other in couples:
            a, b = whole(look, one), whole(look, other)
            distance = float(look.matrix[one, other])
            right = (distance < threshold) == _same(a, b)
            with st.container(width=170, gap="xsmall", border=True):
                both = np.concatenate([a.picture, b.picture], 1)
                st.image(both, alt=f"{a.name} and {b.name}")
                st.markdown(
                    f"**{look.said(distance)}** {'✓' if right else '✗'} "
                    f"{'accepted' if distance < threshold else 'rejected'}"
                )
                st.button(
                    f"{a.who} {a.photo.picture} – {b.who} {b.photo.picture}"
                    if not _same(a, b)
                    else f"{a.who} {a.photo.picture} – {b.photo.picture}",
                    help="Why? Look at this pair closely, below.",
                    on_click=_pick,
                    args=[a.photo.id, b.photo.id],
                    key=f"p_worst_{a.photo.id}_{b.photo.id}",
                    type="primary" if now == (a.photo.id, b.photo.id) else "secondary",
                    width="stretch",
                )


def _pick(a: str, b: str) -> None:
    set.remember(A, a)
    set.remember(B, b)


# -- the threshold on trial ------------------------------------------------------------------------


def on_trial(look: Look, _: float) -> None:
    """Chosen on one half of the people, applied to the other."""
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        asked: str = st.segmented_control(
            "At most so many false accepts",
            list(WISHES),
            default="1 in 100",
            required=True,
            key="p_trial",
            bind="query-params",
        )
        draw = st.slider("Drawing of the two halves", 1, DRAWS, key="p_draw", bind="query-params")
    far = WISHES[asked]
    told = trials(look, far)
    if told is None:
        st.info("Too few people to be halved: each half needs two, and one with two pictures.")
        return
    one = told[draw - 1]
    broken = sum(trial.got.far > far for trial in told)
    with left:
        st.markdown(
            f"The threshold that lets in at most **{asked}** strangers was chosen on "
            f"{one.people[0]} people: **{look.said(one.threshold)}**. There it lets in "
            f"{share(one.hoped.far)} of them. On the other {one.people[1]} people it lets in "
            f"**{share(one.got.far)}**, and rejects {share(one.got.frr)} of the right ones "
            f"({share(one.hoped.frr)} where it was chosen)."
        )
    with right:
        words = (
            f"In {broken} of {DRAWS} drawings the other half lets in more strangers than was hoped "
            "for."
        )
        st.altair_chart(charts.trials(told, far, draw - 1), key="p_trials", alt=words)
        st.caption(
            f"{words} A promise about strangers is one about people whom nobody has measured yet."
        )


def trials(look: Look, far: float) -> list[Trial] | None:
    from siamese.pairs import trial

    if ("trials", far) not in look.kept:
        try:
            look.kept["trials", far] = [
                trial(look.matrix, look.faces.labels, far, seed) for seed in range(DRAWS)
            ]
        except ValueError:
            look.kept["trials", far] = None
    return cast("list[Trial] | None", look.kept["trials", far])


# -- margin and threshold --------------------------------------------------------------------------


def margin_and_threshold(look: Look, threshold: float) -> None:
    """Both on one axis: for this net, and for nets of seven margins."""
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        st.markdown(
            "The **margin** is what the *loss* asks for while the net learns. The **threshold** is "
            "where *we* draw the line afterwards, and each use may draw it elsewhere."
        )
        st.markdown(f"**{plain(look.judge.name)}**: {margin_in_words(look, threshold)}")
    if not _on_this_axis(look, "contrastive"):
        note = "Margins of contrastive loss only: it alone measures its margin on this axis."
    else:
        note = ""
    rows, marks = margin_rows(look, threshold)
    stored = sweep()
    words = (
        f"While the margin grows from {stored['margin'].iloc[0]:g} to "
        f"{stored['margin'].iloc[-1]:g}, the threshold moves from "
        f"{stored['threshold'].iloc[0]:.2f} to {stored['threshold'].iloc[-1]:.2f}."
    )
    with right:
        st.altair_chart(charts.margins(rows, marks), key="p_margins", alt=words)
        st.caption(
            f"{words} Bars: nine in ten pairs of people new to the net. The lower rows are nets "
            "trained for this picture: `benchmarks/threshold_of_margin.py`, contrastive loss, "
            f"{stored['steps'].iloc[0]} steps. {note}"
        )


def margin_in_words(look: Look, threshold: float) -> str:
    """What the margin of this net means on the axis of distances, if it has one."""
    config = set.config_of(look.judge.name)
    if config is None:
        return "has not been trained, so it has a threshold and no margin."
    line = f"the threshold is {look.said(threshold)}."
    if config.loss == "contrastive":
        return f"the loss pushes strangers until they are {config.margin:g} apart; {line}"
    if config.loss == "triplet":
        return (
            f"a stranger has to be {config.margin:g} *further away than* another photo of the "
            f"person. Such a margin is a difference of two distances, not a place on the axis; "
            f"{line}"
        )
    if look.judge.cohort is not None:
        return (
            f"the loss measured its margin of {config.margin:g} on plain distances. Here they are "
            f"relative to how near strangers come, so the margin has no place on the axis; {line}"
        )
    if config.loss == "circle":
        return (
            f"the margin of {config.margin:g} asks for distances (1 − cosine) below "
            f"{config.margin:g} within a person and above {1 - config.margin:g} between people; "
            f"{line}"
        )
    return f"the loss *{config.loss}* has no margin; {line}"


def margin_rows(look: Look, threshold: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bands and marks of this net and of the stored ones."""
    bands, marks = [], []
    pairs, name = look.pairs, look.judge.name
    for kind, which in (("one person", pairs.same), ("two people", pairs.different)):
        low, high = np.quantile(pairs.distance[which], (0.05, 0.95))
        bands.append((name, kind, low, high))
    marks.append((name, "threshold", threshold))
    config = set.config_of(name)
    if config and _on_this_axis(look, "contrastive"):
        marks.append((name, "margin", config.margin))
    if config and _on_this_axis(look, "circle"):
        marks += [(name, "margin", config.margin), (name, "margin", 1 - config.margin)]
    if _beside_the_stored(look):
        for row in sweep().itertuples():
            net = f"margin {row.margin:g}"
            bands.append((net, "one person", row.same_low, row.same_high))
            bands.append((net, "two people", row.different_low, row.different_high))
            marks += [(net, "threshold", row.threshold), (net, "margin", row.margin)]
    return (
        pd.DataFrame(bands, columns=["net", "kind", "low", "high"]),
        pd.DataFrame(marks, columns=["net", "what", "distance"]),
    )


def _on_this_axis(look: Look, loss: str) -> bool:
    """Was the net trained with this loss, and are its margins distances like those of the pairs?"""
    config = set.config_of(look.judge.name)
    return config is not None and config.loss == loss and look.judge.cohort is None


def _beside_the_stored(look: Look) -> bool:
    """Are its distances of the kind that the stored nets have: straight, on the sphere?"""
    judge, config = look.judge, set.config_of(look.judge.name)
    return (
        judge.distance == "euclidean"
        and judge.cohort is None
        and (config is None or config.normalise)
        and float(look.pairs.distance[-1]) < 3  # pixels have a scale of their own
    )


@cache
def sweep() -> pd.DataFrame:
    """One row a margin: thresholds and bands of nets that were trained for this."""
    return pd.read_csv(BENCHMARKS / "threshold_of_margin.csv")


PARTS: dict[str, Callable[[Look, float], None]] = {
    TWO: two_faces,
    WORST: worst_pairs,
    TRIAL: on_trial,
    MARGIN: margin_and_threshold,
    TRAP: trap.trap,
}
