"""What is measured in the space itself, and how it is taken home."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.ui.map.space import FaceSpace
from pages.ui.text import counted, percent, plain
from siamese import neighbours, projector


def scores(space: FaceSpace) -> None:
    """The space in numbers: among people whom the net has never seen, and among those it has."""
    st.subheader("The space in numbers", anchor=False)
    found = {
        words: space.scores(trained_on)
        for trained_on, words in (
            (False, "people it has never seen"),
            (True, "people it has learnt from"),
        )
    }
    columns = {words: _column(it) for words, it in found.items() if it}
    if not columns:
        st.info(
            "Scores need pairs of one person and pairs of two people; these faces have only one "
            "kind of pair."
        )
        return
    st.table(pd.DataFrame(columns))
    notes = [f"All of it under {plain(space.verifier.name)}."]
    if found["people it has learnt from"]:
        notes.append("What it has learnt from flatters: only the people it has never seen count.")
    if len(space.measured.rows) < len(space):
        notes.append(
            f"From the {counted(len(space.measured.rows), 'picture')} of people drawn by chance."
        )
    notes.append(
        "MAP@R: of a photo whose person has R others, how many of the R nearest are of that "
        "person, those in front counting more (Musgrave et al. 2020). Silhouette: −1 nearer to "
        "somebody else, 1 at home (Rousseeuw 1987)."
    )
    st.caption(" ".join(notes))


def _column(it: neighbours.Space) -> dict[str, str]:
    return {
        "equal error rate": percent(it.eer),
        "AUC": f"{it.auc:.4f}",
        "nearest neighbour right (rank-1)": percent(it.rank1),
        "MAP@R": f"{it.map_at_r:.3f}",
        "silhouette": f"{it.silhouette:.3f}",
        "mean distance, same person": f"{it.same:.3f}",
        "mean distance, two people": f"{it.different:.3f}",
    }


def downloads(space: FaceSpace) -> None:
    """The embeddings as files."""
    told = labelled(space)
    name = space.verifier.name.lower().replace(" ", "-")
    with st.popover("Download", icon=":material/download:"):
        for label, ending, make in (
            ("NumPy (.npz)", ".npz", lambda: projector.as_npz(told)),
            ("Table (.csv)", ".csv", lambda: projector.as_csv(told)),
            (
                "TensorBoard's Embedding Projector (.zip)",
                "-projector.zip",
                lambda: projector.as_projector(told, space.faces.pictures),
            ),
        ):
            st.download_button(
                label,
                make,
                file_name=f"{name}{ending}",
                on_click="ignore",
                key=f"map_download{ending}",
            )
        st.caption(
            "Embeddings with names. The zip holds two TSV files and a sheet of the faces: keep "
            "real people's to yourself."
        )


def labelled(space: FaceSpace) -> projector.Labelled:
    faces = space.faces
    return projector.Labelled(
        space.embedding, faces.labels, faces.people, faces.files, ~space.trained_on
    )
