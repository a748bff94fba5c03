"""Two photos, looked at closer: one of them damaged, and all pairs where there are more faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.ui import nets, shipped
from pages.ui.facepicker import BUILT_IN, GALLERY, Picked, address, bring
from pages.ui.photos import verdicts
from pages.ui.session import sample_faces, session
from pages.ui.start.twins import spoken
from pages.ui.text import plain
from pages.ui.train.charts import layered
from siamese.damage import LIMITS, Damage, damage
from siamese.images import MAX_BYTES, SUFFIXES, PictureError
from siamese.plots import DIFFERENT, LINES, NEUTRAL, SAME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siamese.judges import Judge

    Pictures = NDArray[np.uint8]

WORDS = {
    "blur": ("Blur", "in pixels, of 112 across", 0.5),
    "grey": ("Grey", "share of the colour taken away", 0.05),
    "crop": ("Crop", "share cut off", 0.05),
    "light": ("Light", "stops", 0.25),
}
STEPS = 9  # points of a curve
FACES = 12  # in the table of all pairs
PLACE = 165  # pixels of a face with its map, two beside each other on a phone
INK = "#23222E"  # on coloured cells, in both themes
LETTERS = "ABCDEFGHIJKL"
SWAPPED = "Swap the two photos"


# -- damage ----------------------------------------------------------------------------------------


@st.fragment
def damaged(a: Picked, b: Picked, sface: bool) -> None:
    """Spoil one of the two photos, and watch the distance under every net."""
    st.subheader("How much of a photo does it take?", anchor=False)
    controls, shown = st.columns([1, 1.25], gap="large")
    with controls:
        which, how, swap = _controls()
    before = verdicts.crops(a, b)
    after = before.copy()
    after[which] = damage(before[which], how)
    order = [1, 0] if swap else [0, 1]
    judges = {name: nets.judge(name) for name in nets.names()}
    if sface:
        judges["SFace"] = verdicts.industrial()[0]
    judges = {name: judge for name, judge in judges.items() if judge.proven}
    with shown:
        _both(after[order], [LETTERS[side] for side in order])
        table = response(judges, before, after[order])
        st.altair_chart(arrows(table), key="p_arrows", width="stretch")
        st.caption(told(table, how, swap))
    _curve(judges, before, which, how)


def _controls() -> tuple[int, Damage, bool]:
    which: str = st.segmented_control(
        "Which photo is spoilt?",
        ["Photo A", "Photo B"],
        default="Photo B",
        required=True,
        key="p_which",
        bind="query-params",
    )
    values = {
        name: st.slider(
            f"{word} ({unit})",
            *LIMITS[name],
            0.0,
            step,
            key=f"p_{name}",
            bind="query-params",
        )
        for name, (word, unit, step) in WORDS.items()
    }
    mirror = st.toggle("Mirror it", key="p_mirror", bind="query-params")
    swap = st.toggle(SWAPPED, key="p_swap", bind="query-params")
    return int(which == "Photo B"), Damage(mirror=mirror, **values), swap


def _both(pictures: Pictures, letters: Sequence[str]) -> None:
    with st.container(horizontal=True, gap="small"):
        for picture, letter in zip(pictures, letters, strict=True):
            st.image(picture, width=150, alt=f"Photo {letter} as the nets get it now")


def response(judges: Mapping[str, Judge], before: Pictures, after: Pictures) -> pd.DataFrame:
    """For each judge the distance of the pairs (2, H, W, 3), before and after, and both in its own
    thresholds, so that all go on one scale."""
    rows = []
    for name, judge in judges.items():
        first, second = (apart(judge, pair) for pair in (before, after))
        limit = judge.threshold
        rows.append((name, first, second, first / limit, second / limit))
    return pd.DataFrame(rows, columns=["net", "before", "after", "from", "to"])


def apart(judge: Judge, pair: Pictures) -> float:
    """Distance of two pictures (2, H, W, 3)."""
    e = judge.embed(pair)
    return float(judge.matrix(e[:1], e[1:]).item())


def arrows(table: pd.DataFrame) -> alt.LayerChart:
    """From where to where each net's distance has gone, in thresholds."""
    table = table.assign(
        word=[f"{b:.2f} → {a:.2f}" for b, a in zip(table["before"], table["after"], strict=True)],
        side=np.where(table["to"] < 1, "one person", "two people"),
    )
    right = max(2.0, 1.3 * float(table[["from", "to"]].to_numpy().max()))
    y = alt.Y("net:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, grid=False))
    scale = alt.Scale(domain=[0, right], nice=False)
    x = alt.X("from:Q", title="distance ÷ threshold", scale=scale, axis=alt.Axis(tickCount=5))
    base = alt.Chart(table).encode(y=y)
    line = base.mark_rule(strokeWidth=3, color=NEUTRAL).encode(x=x, x2="to:Q")
    start = base.mark_point(size=70, color=NEUTRAL, filled=False, strokeWidth=2).encode(x=x)
    colour = alt.Color(
        "side:N",
        scale=alt.Scale(domain=["one person", "two people"], range=[SAME, DIFFERENT]),
        legend=alt.Legend(orient="top", title="counts as", offset=0),
    )
    end = base.mark_point(size=130, filled=True, opacity=1).encode(
        x=alt.X("to:Q", scale=scale), color=colour, tooltip=["net:N", "before:Q", "after:Q"]
    )
    word = base.mark_text(dy=-12, fontSize=12, color=NEUTRAL).encode(
        x=alt.X("to:Q", scale=scale), text="word:N"
    )
    one = alt.Chart(pd.DataFrame({"x": [1.0]})).mark_rule(strokeDash=[5, 4], color=NEUTRAL)
    return layered(one.encode(x=alt.X("x:Q", scale=scale)), line, start, end, word).properties(
        height=130 + 44 * len(table)
    )


def told(table: pd.DataFrame, how: Damage, swap: bool) -> str:
    """What the damage has done, in words."""
    if how.nothing:
        still = "Nothing is spoilt yet. "
        if swap:
            still = "Swapped, every distance stays what it was: d(A, B) = d(B, A). "
        return still + "The dashed line is each net's own threshold."
    turned = table[(table["from"] < 1) != (table["to"] < 1)]["net"].tolist()
    most = table.iloc[(table["to"] - table["from"]).abs().argmax()]
    verdict = (
        f"The verdict has turned under {' and '.join(map(plain, turned))}."
        if turned
        else "No verdict has turned."
    )
    return (
        f"{verdict} The distance has moved most under {plain(most['net'])}: by "
        f"{most['to'] - most['from']:+.2f} thresholds."
    )


def _curve(judges: Mapping[str, Judge], before: Pictures, which: int, how: Damage) -> None:
    """The distance over one kind of damage, the others staying as they are."""
    kind: str = st.segmented_control(
        "The distance along",
        list(WORDS),
        default="blur",
        required=True,
        format_func=lambda name: WORDS[name][0],
        key="p_along",
        bind="query-params",
    )
    table = along(judges, before, which, how, kind)
    st.altair_chart(curve(table, kind, getattr(how, kind)), key="p_curve", width="stretch")
    ends = table[table["amount"] == table["amount"].max()]
    said = [
        f"{plain(net)} {ratio:.2f}" for net, ratio in zip(ends["net"], ends["ratio"], strict=True)
    ]
    st.caption(
        f"Each net's distance in its own thresholds: below 1 it counts the two as one person. "
        f"At the right end: {', '.join(said)}."
    )


def along(
    judges: Mapping[str, Judge], before: Pictures, which: int, how: Damage, kind: str
) -> pd.DataFrame:
    """The distance in thresholds at STEPS amounts of one kind of damage, for each judge."""
    amounts = np.linspace(*LIMITS[kind], STEPS)
    spoilt = np.stack(
        [
            damage(before[which], Damage(**{**how.__dict__, kind: float(amount)}))
            for amount in amounts
        ]
    )
    rows = []
    for name, judge in judges.items():
        e = judge.embed(np.concatenate([before[1 - which][None], spoilt]))
        distances = judge.matrix(e[:1], e[1:])[0]
        rows += [
            (name, float(amount), float(distance / judge.threshold))
            for amount, distance in zip(amounts, distances, strict=True)
        ]
    return pd.DataFrame(rows, columns=["net", "amount", "ratio"])


def curve(table: pd.DataFrame, kind: str, here: float) -> alt.LayerChart:
    """A line for each net over the amount of damage; an upright line where the slider stands."""
    names = list(table["net"].unique())
    colour = alt.Color(
        "net:N",
        sort=None,
        scale=alt.Scale(domain=names, range=[LINES[i % len(LINES)] for i in range(len(names))]),
        legend=alt.Legend(orient="top", title=None, columns=2),
    )
    line = (
        alt.Chart(table)
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=30))
        .encode(
            alt.X(
                "amount:Q",
                title=f"{WORDS[kind][0].lower()}: {WORDS[kind][1]}",
                axis=alt.Axis(grid=False, tickCount=6),
            ),
            alt.Y("ratio:Q", title="distance ÷ threshold", scale=alt.Scale(zero=True)),
            color=colour,
            tooltip=["net:N", "amount:Q", "ratio:Q"],
        )
    )
    one = alt.Chart(pd.DataFrame({"y": [1.0]})).mark_rule(strokeDash=[5, 4], color=NEUTRAL)
    at = alt.Chart(pd.DataFrame({"x": [here]})).mark_rule(color=NEUTRAL, strokeWidth=1.5)
    return layered(one.encode(y="y:Q"), at.encode(x="x:Q"), line).properties(height=340)


# -- where the distance lies -----------------------------------------------------------------------


def places(a: Picked, b: Picked, judge: Judge) -> None:
    """Both faces with the places that carry their distance."""
    told = shipped.occluded(judge, a.crop, b.crop)
    with st.container(horizontal=True, gap="small"):
        for picture, letter in zip(told.drawn(), "AB", strict=True):
            st.image(
                picture,
                width=PLACE,
                alt=f"Photo {letter}, coloured where covering it changes the distance most",
            )
    st.caption(
        f"A grey square is put over each place of one face in turn, and the distance of "
        f"{told.distance:.2f} is measured again. :green[Teal]: with the place covered the two lie "
        "farther apart, so it speaks for one person. :orange[Orange]: covered, they come closer, "
        "so it is what sets them apart. The fullest colour stands for a change of "
        f"{told.reach:.2f}."
    )


# -- more than two faces ---------------------------------------------------------------------------


def more_faces(a: Picked, b: Picked) -> list[Picked]:
    """The two faces, all others in their photos, and those that are added here; FACES at most."""
    with st.expander("Add faces"):
        own = _from_files()
        people = _known()
    faces = [a, b, *_beside(a), *_beside(b), *own, *people]
    if len(faces) > FACES:
        st.caption(f"The first {FACES} of {len(faces)} faces are compared.")
    return faces[:FACES]


def _beside(picked: Picked) -> list[Picked]:
    """The other faces in the picture of a face."""
    if picked.seen is None:
        return []
    others = [picked.seen.pick(which) for which in range(len(picked.seen.faces))]
    return [other for other in others if other.face is not picked.face]


def _from_files() -> list[Picked]:
    uploads = st.file_uploader(
        "Pictures, with one face or several",
        type=list(SUFFIXES),
        accept_multiple_files=True,
        max_upload_size=MAX_BYTES // 1_000_000,
        key="p_more",
    )
    faces = []
    for upload in uploads[:FACES]:
        try:
            seen = bring(upload.getvalue(), upload.name)
        except PictureError as error:
            st.warning(plain(str(error)), icon=":material/no_photography:")
            continue
        faces += [seen.pick(which) for which in range(len(seen.faces))]
    return faces


def _known() -> list[Picked]:
    """First pictures of built-in people and of one's own."""
    faces, gallery = sample_faces(), session().gallery
    titles = {spoken(person): label for label, person in enumerate(faces.people)}
    chosen: list[str] = st.multiselect(
        "Built-in people", list(titles), key="p_known", bind="query-params"
    )
    first = [(name, faces.pictures[np.searchsorted(faces.labels, titles[name])], BUILT_IN)
             for name in chosen]  # fmt: skip
    if gallery:
        names: list[str] = st.multiselect("Your people", list(gallery), key="p_own")
        first += [(name, gallery[name][0], GALLERY) for name in names if name in gallery]
    return [Picked(name, picture, picture, None, source) for name, picture, source in first]


def all_pairs(faces: Sequence[Picked], judge: Judge) -> None:
    """The distance matrix as a heat map with the faces on its edges."""
    if len(faces) < 3:
        st.caption(
            "With a third face, a table of all pairs appears here. Add one, or take a photo with "
            "several people."
        )
        return
    e = judge.embed(verdicts.crops(*faces))
    matrix = judge.matrix(e, e)
    st.altair_chart(heat(matrix, faces, judge.threshold), key="p_heat", width="stretch")
    st.caption(in_words(matrix, faces, judge))


def heat(matrix: NDArray[np.float64], faces: Sequence[Picked], threshold: float) -> alt.LayerChart:
    """Distances (N, N) as coloured cells, teal below the threshold and orange above; a face before
    each row and over each column."""
    count = len(faces)
    across = alt.Scale(domain=[-1, count], nice=False)
    down = alt.Scale(domain=[count, -1], nice=False)
    top = max(float(matrix.max()), 1.01 * threshold)
    cell = alt.Chart(_cells(matrix, faces)).encode(
        tooltip=["one:N", "other:N", alt.Tooltip("distance:Q", format=".2f")]
    )
    rect = cell.mark_rect(xOffset=1, x2Offset=-1, yOffset=1, y2Offset=-1).encode(
        x=alt.X("column:Q", scale=across, axis=None),
        x2="column_end:Q",
        y=alt.Y("row:Q", scale=down, axis=None),
        y2="row_end:Q",
        color=alt.Color(
            "distance:Q",
            scale=alt.Scale(domain=[0, threshold, top], range=[SAME, "#F4F1EC", DIFFERENT]),
            legend=alt.Legend(orient="bottom", title="distance", gradientLength=180),
        ),
    )
    words = cell.mark_text(fontSize=13 if count < 9 else 9, color=INK).encode(
        x=alt.X("middle:Q", scale=across),
        y=alt.Y("level:Q", scale=down),
        text=alt.Text("distance:Q", format=".2f"),
    )
    edges = _edges(faces, across, down)
    return layered(rect, words, *edges).properties(height=min(640, 70 * (count + 1) + 60))


def _cells(matrix: NDArray[np.float64], faces: Sequence[Picked]) -> pd.DataFrame:
    rows, columns = np.nonzero(~np.eye(len(faces), dtype=bool))
    names = np.array([lettered(faces, which) for which in range(len(faces))])
    return pd.DataFrame(
        {
            "row": rows,
            "row_end": rows + 1,
            "level": rows + 0.5,
            "column": columns,
            "column_end": columns + 1,
            "middle": columns + 0.5,
            "distance": matrix[rows, columns],
            "one": names[rows],
            "other": names[columns],
        }
    )


def _edges(faces: Sequence[Picked], across: alt.Scale, down: alt.Scale) -> list[alt.Chart]:
    """The faces along both edges, each with its letter."""
    side = min(56, 300 // (len(faces) + 1))
    places = np.arange(len(faces)) + 0.5
    one = pd.DataFrame(
        {
            "picture": [address(face.crop, "JPEG", 2 * side) for face in faces],
            "letter": list(LETTERS[: len(faces)]),
        }
    )
    table = pd.concat([one.assign(x=places, y=-0.5), one.assign(x=-0.5, y=places)])
    place = alt.Chart(table).encode(
        x=alt.X("x:Q", scale=across), y=alt.Y("y:Q", scale=down), text="letter:N"
    )
    corner: dict[str, Any] = {
        "dx": 6 - side / 2,
        "dy": 8 - side / 2,
        "fontWeight": "bold",
        "color": "white",
    }
    return [
        place.mark_image(width=side, height=side).encode(url="picture:N"),
        place.mark_text(**corner, stroke=INK, strokeWidth=3),
        place.mark_text(**corner),
    ]


def lettered(faces: Sequence[Picked], which: int) -> str:
    """A face's letter and name: two pictures of one person have one name."""
    return f"{LETTERS[which]} ({plain(faces[which].name)})"


def in_words(matrix: NDArray[np.float64], faces: Sequence[Picked], judge: Judge) -> str:
    """Closest and farthest pair, and how many lie below the threshold."""
    i, j = np.triu_indices(len(faces), 1)
    apart = matrix[i, j]
    near, far = int(apart.argmin()), int(apart.argmax())

    def pair(which: int) -> str:
        return f"{lettered(faces, i[which])} and {lettered(faces, j[which])}"

    below = int((apart < judge.threshold).sum())
    return (
        f"{plain(judge.name)}: of {len(apart)} pairs {below} lie below the threshold of "
        f"{judge.threshold:.2f}. Closest are {pair(near)} ({apart[near]:.2f}), farthest "
        f"{pair(far)} ({apart[far]:.2f})."
    )
