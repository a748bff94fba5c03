"""All distances between up to eight faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.ui.admission import admitted
from pages.ui.charts import layered, plot
from pages.ui.endings import accepted
from pages.ui.facepicker import found
from pages.ui.photo import BUILT_IN, GALLERY, Picked
from pages.ui.photos.inside import choose_net
from pages.ui.photos.pair import crops
from pages.ui.pictures import uri
from pages.ui.reading import embedded
from pages.ui.session import sample_faces, session
from pages.ui.text import counted, plain, spoken
from siamese.images import MAX_BYTES
from siamese.plots import DIFFERENT, SAME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siamese.verifiers import Verifier

FACES = 12  # in the table of all pairs
INK = "#23222E"  # on coloured cells, in both themes
LETTERS = "ABCDEFGHIJKL"


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
    return [other for other in picked.seen.all() if other.face is not picked.face]


def _from_files() -> list[Picked]:
    uploads = st.file_uploader(
        "Pictures, with one face or several",
        type=accepted(),
        accept_multiple_files=True,
        max_upload_size=MAX_BYTES // 1_000_000,
        key="photos_more",
    )
    faces = []
    for upload in admitted(uploads)[:FACES]:
        if seen := found(upload.getvalue(), upload.name):
            faces += seen.all()
    return faces


def _known() -> list[Picked]:
    """First pictures of built-in people and of one's own."""
    faces, gallery = sample_faces(), session().gallery
    titles = {spoken(person): label for label, person in enumerate(faces.people)}
    chosen: list[str] = st.multiselect(
        "Built-in people", list(titles), key="photos_known", bind="query-params"
    )
    first = [(name, faces.pictures[np.searchsorted(faces.labels, titles[name])], BUILT_IN)
             for name in chosen]  # fmt: skip
    if gallery:
        names: list[str] = st.multiselect("Your people", list(gallery), key="photos_own")
        first += [(name, gallery[name][0], GALLERY) for name in names if name in gallery]
    return [Picked(name, picture, picture, None, source) for name, picture, source in first]


def all_of(a: Picked, b: Picked, verifiers: Mapping[str, Verifier]) -> None:
    """The net, further faces, and the distances of all."""
    verifier = choose_net(verifiers)
    all_pairs(more_faces(a, b), verifier)


def all_pairs(faces: Sequence[Picked], verifier: Verifier) -> None:
    """The distance matrix as a heat map with the faces on its edges."""
    if len(faces) < 3:
        st.caption(
            "With a third face, a table of all pairs appears here. Add one, or take a photo with "
            "several people."
        )
        return
    e = embedded(verifier, crops(*faces))
    matrix = verifier.matrix(e, e)
    plot(heat(matrix, faces, verifier.threshold), key="photos_heat", width="stretch")
    st.caption(in_words(matrix, faces, verifier))


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
            "picture": [uri(face.crop, side=2 * side) for face in faces],
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


def in_words(matrix: NDArray[np.float64], faces: Sequence[Picked], verifier: Verifier) -> str:
    """Closest and farthest pair, and how many lie below the threshold."""
    i, j = np.triu_indices(len(faces), 1)
    apart = matrix[i, j]
    near, far = int(apart.argmin()), int(apart.argmax())

    def pair(which: int) -> str:
        return f"{lettered(faces, i[which])} and {lettered(faces, j[which])}"

    below = int((apart < verifier.threshold).sum())
    return (
        f"{plain(verifier.name)}: of {len(apart)} pairs {counted(below, 'lies', 'lie')} below the "
        f"threshold of {verifier.threshold:.2f}. Closest are {pair(near)} "
        f"({apart[near]:.2f}), farthest {pair(far)} ({apart[far]:.2f})."
    )
