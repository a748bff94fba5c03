"""Public sets of real faces on the People page: what they are, fetching them, a part of them."""

from __future__ import annotations

import threading

import streamlit as st

from pages.ui.frame import more
from pages.ui.inputs import one_of
from pages.ui.text import counted, plain
from siamese.faces import FaceSet, some_people
from siamese.public import PUBLIC, Fetch, PublicSet, home

COUNTS = (50, 100, 250, 500, 1000, 2500, 5749)  # people of LFW that may be taken
USUAL = 250


_beginning = threading.Lock()  # one visitor at a time


@st.cache_resource(show_spinner=False)
def _fetches() -> dict[str, Fetch]:
    """What has been asked for on this server: all visitors share it."""
    return {}


def loaded() -> dict[str, FaceSet]:
    """Sets that are in this server's memory, by their label."""
    return {f.public.label: f.faces for f in list(_fetches().values()) if f.faces is not None}


def choose_set() -> tuple[FaceSet, str] | None:
    """A public set, or a part of it; None while it is not here."""
    name: str = one_of(
        "Which set?",
        PUBLIC,
        key="people_public_set",
        first="olivetti",
        called=lambda name: PUBLIC[name].label,
    )
    public = PUBLIC[name]
    st.caption(f"{public.people:,} people, {public.pictures:,} pictures. {public.about}")
    fetch = _fetches().get(name)
    if fetch is None or (fetch.done and fetch.faces is None):
        _offer(public, fetch)
        return None
    if fetch.faces is None:
        st.fragment(_watch, run_every=1.0)(fetch)
        return None
    return _part(name, fetch.faces)


def _offer(public: PublicSet, failed: Fetch | None) -> None:
    if failed:
        st.error(plain(failed.problem), icon=":material/cloud_off:")
    if public.is_here:
        label = "Load it: it is on this machine already"
    else:
        label = f"Fetch it: {public.megabytes} MB from the internet"
    st.button(label, on_click=_begin, args=[public.name], type="primary", key="people_public_fetch")
    st.caption(
        f":material/save: scikit-learn fetches the set once and keeps it in `{home()}` on this "
        "server. These are real people who never asked to be here; use their faces to learn, not "
        "to judge."
    )


def _begin(name: str) -> None:
    with _beginning:
        fetch = _fetches().get(name)
        if fetch is None or (fetch.done and fetch.faces is None):
            _fetches()[name] = Fetch(name)


def _watch(fetch: Fetch) -> None:
    """How far it is; the rest of the lab stays usable meanwhile."""
    if fetch.done:
        st.rerun()
    share, words = fetch.progress()
    st.progress(share, words)
    st.caption("It goes on in the background: look at the other pages meanwhile, and come back.")


def _part(name: str, faces: FaceSet) -> tuple[FaceSet, str]:
    """All of a small set; of a large one as many people as are wanted."""
    for sentence in faces.skipped:
        st.warning(sentence, icon=":material/folder_off:")
    label = PUBLIC[name].label
    if len(faces.people) <= COUNTS[0]:
        return faces, label
    with more("More: how many of them"):
        number = st.select_slider(
            "People taken, those with several pictures first",
            COUNTS,
            USUAL,
            key="people_public_people",
            bind="query-params",
            help="A small net learns from a few hundred people; thousands take memory and time.",
        )
    kept = st.session_state.get("people_public_part")
    if kept is None or kept[0] != (faces, number):
        part = some_people(faces, number) if number < len(faces.people) else faces
        kept = st.session_state["people_public_part"] = (faces, number), part
    return kept[1], f"{label}, {counted(len(kept[1].people), 'person', 'people')}"
