"""What lies around the map: colours, a picked face and its neighbours, a group, newcomers."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from pages.ui.facemap import Paint
from pages.ui.shipped import share
from pages.ui.spaces import Floats, Space, scenes
from pages.ui.state import session
from pages.ui.twins import Photo
from siamese import neighbours
from siamese.datasets import FaceSet
from siamese.images import SUFFIXES, PictureError
from siamese.plots import DIFFERENT, LINES, NEUTRAL, SAME, ramp
from siamese.rendering import Scene, controls, random_identity, random_scene, render

PERSON, MET, FIT = "Person", "Seen or unseen", "How well it sits (silhouette)"
PROPERTIES = (
    *("yaw", "pitch", "light_azimuth", "exposure", "smile", "glasses"),
    *("mouth_open", "zoom", "blur"),
)
STEPS = 24  # shades of a scale
COOL_TO_WARM = ("#6D5BE0", "#2E8BE4", "#0E9F8E", "#D9A521")
BY_MEETING = (DIFFERENT, NEUTRAL)
BAD_TO_GOOD = (DIFFERENT, "#B7A58F", SAME)
SHEET = 60  # faces of a group that are shown
GUESTS = 6
PICK = "e_pick"  # of the address: the picked face
FILE, CAMERA, RENDERED, GALLERY = "File", "Camera", "A new made-up person", "My people"


@dataclass(frozen=True)
class Guest:
    """A newcomer to the map."""

    name: str
    picture: NDArray[np.uint8] = field(repr=False)  # (112, 112, 3)


@dataclass
class Chosen:
    """What the visitor has picked on the map of some faces."""

    faces: FaceSet
    pick: int = -1
    group: list[int] = field(default_factory=list)
    guests: list[Guest] = field(default_factory=list)

    def take(self, index: int) -> None:
        """Pick a face; the same one again lets go of it."""
        self.pick = -1 if index == self.pick else index

    def link(self) -> None:
        """Put the picked face into the address; a newcomer is nobody that a link could find."""
        if 0 <= self.pick < len(self.faces):
            name = Photo.at(self.faces, self.pick).id
            if st.query_params.get(PICK) != name:
                st.query_params[PICK] = name
        else:
            st.query_params.pop(PICK, None)

    def catch(self, indices: list[int]) -> None:
        self.group = [index for index in indices if index < len(self.faces)]


def chosen(space: Space) -> Chosen:
    """The visitor's picks; on other faces they begin anew, and the newcomers stay."""
    kept: Chosen | None = st.session_state.get("e_chosen")
    if kept is None or kept.faces is not space.faces:
        guests = kept.guests if kept else []
        linked = None if kept else Photo.find(space.faces, st.query_params.get(PICK, ""))
        pick = linked.index if linked else -1
        kept = st.session_state["e_chosen"] = Chosen(space.faces, pick, guests=guests)
    kept.link()
    return kept


# -- colours ---------------------------------------------------------------------------------------


def choose_paint(space: Space) -> Paint | None:
    """What the colours mean; None for those of the people."""
    known = controls(Scene)
    ways: dict[str, Callable[[], Paint | None]] = {
        PERSON: lambda: None,
        MET: lambda: by_meeting(space.met),
    }
    if space.silhouettes is not None:
        ways[FIT] = lambda: by_fit(space)
    taken = scenes(space.faces)
    if any(taken):
        for name in PROPERTIES:
            ways[known[name].label] = lambda name=name: by_scene(taken, name)  # type: ignore[misc]
    if st.session_state.get("e_colour") not in (None, *ways):
        del st.session_state["e_colour"]
    return ways[st.selectbox("Colour by", list(ways), key="e_colour", bind="query-params")]()


def by_meeting(met: NDArray[np.bool_]) -> Paint:
    legend = (
        {"text": "never seen", "colour": DIFFERENT},
        {"text": "seen in training", "colour": NEUTRAL, "hollow": True},
    )
    return Paint(met.astype(np.int32), BY_MEETING, legend)


def by_fit(space: Space) -> Paint:
    found = space.silhouettes
    assert found is not None  # the choice is not offered otherwise
    words = "−1: nearer to somebody else", "+1: at home"
    return scale(found, -1, 1, BAD_TO_GOOD, *words)


def by_scene(taken: list[Scene | None], name: str) -> Paint:
    """A property of how the pictures were taken; grey where it is not known."""
    control = controls(Scene)[name]
    values = [getattr(scene, name) if scene else None for scene in taken]
    if control.choices:
        places = {choice: number for number, choice in enumerate(control.choices)}
        tints = np.array([-1 if value is None else places[value] for value in values])
        palette = (NEUTRAL, *LINES)[: len(places)]
        legend = [
            {"text": choice, "colour": colour}
            for choice, colour in zip(control.choices, palette, strict=True)
        ]
        return Paint(tints, palette, legend)
    numbers = np.array([np.nan if value is None else value for value in values], np.float32)
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    unit = f" {control.unit}" if control.unit else ""
    return scale(numbers, low, high, COOL_TO_WARM, f"{low:.2g}", f"{high:.2g}{unit}")


def scale(
    values: Floats, low: float, high: float, stops: tuple[str, ...], least: str, most: str
) -> Paint:
    """Shades from `low` to `high`; what is no number is grey."""
    palette = ramp(stops, STEPS)
    place = (values - low) / max(high - low, 1e-9) * (STEPS - 1)
    tints = np.where(np.isfinite(place), np.nan_to_num(place).round(), -1)
    tints = np.clip(tints, -1, STEPS - 1).astype(np.int32)
    legend = ({"low": least, "high": most, "colours": palette},)
    return Paint(tints, palette, legend)


def told_apart(met: NDArray[np.bool_], paint: Paint | None = None) -> list[dict[str, object]]:
    """Rings and discs in words, where there are both and the colours do not say it."""
    if met.all() or not met.any() or (paint and paint.palette == BY_MEETING):
        return []
    return [
        {"text": "never seen by the net", "colour": NEUTRAL},
        {"text": "seen in training", "colour": NEUTRAL, "hollow": True},
    ]


# -- a picked face ---------------------------------------------------------------------------------


def search(space: Space) -> NDArray[np.bool_] | None:
    """People to be found on the map: (N,) True for their pictures; None if nobody is named."""
    people = space.faces.people
    kept = st.session_state.get("e_find") or []
    if any(name not in people for name in kept):
        st.session_state["e_find"] = [name for name in kept if name in people]
    names: list[str] = st.multiselect(
        "Find people",
        people,
        key="e_find",
        bind="query-params",
        placeholder="Type a name",
        max_selections=8,
    )
    if not names:
        return None
    return np.isin(space.faces.labels, [people.index(name) for name in names])


def ask(space: Space, here: Chosen) -> None:
    """Pick a face by its name: in three dimensions a click often misses."""

    def take() -> None:
        wish = st.session_state["e_ask"]
        here.pick = -1 if wish is None else wish

    st.session_state["e_ask"] = here.pick if 0 <= here.pick < len(space) else None
    st.selectbox(
        "Ask about a face",
        range(len(space)),
        format_func=space.names.__getitem__,
        placeholder="Choose one, or click it",
        key="e_ask",
        on_change=take,
    )


@dataclass(frozen=True)
class Picked:
    """A face and who is near it, in the space."""

    title: str
    person: str
    picture: NDArray[np.uint8]
    distance: NDArray[np.float64]  # (N,) to all pictures
    near: NDArray[np.int64]  # indices, nearest first
    is_same: NDArray[np.bool_]  # of each of the near ones
    exists: bool  # False for a newcomer: nobody knows who that is


def pick(space: Space, here: Chosen, count: int) -> Picked | None:
    """The picked face with its `count` nearest, among the pictures or the newcomers."""
    index, total = here.pick, len(space)
    if 0 <= index < total:
        distance = space.distances(space.embedding[index])
        near = neighbours.nearest(distance, count, index)
        label = space.faces.labels[index]
        same = space.faces.labels[near] == label
        name = space.faces.people[label]
        return Picked(
            space.names[index], name, space.faces.pictures[index], distance, near, same, True
        )
    if total <= index < total + len(here.guests):
        guest = here.guests[index - total]
        distance = space.distances(embedded(space, guest))
        near = neighbours.nearest(distance, count)
        same = np.zeros(len(near), bool)
        return Picked(guest.name, "", guest.picture, distance, near, same, False)
    here.pick = -1
    return None


def neighbourhood(space: Space, it: Picked, index: int) -> None:
    """The picked face, and its nearest neighbours with their distances."""
    same = int(it.is_same.sum())
    size = space.embedding.shape[1]
    others = int((space.faces.labels == space.faces.labels[index]).sum()) - 1 if it.exists else 0
    if it.exists:
        words = f"<b>{same} of the {len(it.near)}</b> nearest faces show the same person"
        words += f" ({others} other {'picture' if others == 1 else 'pictures'} to be found)."
        if space.silhouettes is not None and np.isfinite(space.silhouettes[index]):
            words += f" Silhouette {space.silhouettes[index]:.2f}."
    else:
        first = space.faces.people[space.faces.labels[it.near[0]]]
        away = it.distance[it.near[0]]
        words = f"The nearest face is one of <b>{escape(first)}</b>, {away:.2f} away."
    if space.judge.proven:
        below = int((it.distance[it.near] < space.judge.threshold).sum())
        words += (
            f" {below} of them lie below the threshold of {space.judge.threshold:.2f} and would "
            "count as the same."
        )
    cells = [
        card(
            space.faces.pictures[j],
            space.names[j],
            f"{it.distance[j]:.2f}",
            "" if not it.exists else "same" if is_same else "other",
        )
        for j, is_same in zip(it.near, it.is_same, strict=True)
    ]
    st.html(
        f"<div class='picked'>{image(it.picture, it.title, 112)}<p><b>{escape(it.title)}</b><br>"
        f"Nearest in the space itself, all {size:,} numbers of it. {words}</p></div>"
        f"<div class='near'>{''.join(cells)}</div>"
    )


def lines(it: Picked, index: int) -> list[tuple[int, int, str]]:
    """From the picked face to its neighbours."""
    if not it.exists:
        return [(index, int(j), NEUTRAL) for j in it.near]
    return [
        (index, int(j), SAME if same else DIFFERENT)
        for j, same in zip(it.near, it.is_same, strict=True)
    ]


# -- a group ---------------------------------------------------------------------------------------


def group(space: Space, here: Chosen) -> None:
    """The faces that a lasso or a box has caught, with the distances among them."""
    caught = np.array(here.group, np.int64)
    if not len(caught):
        return
    people = len(np.unique(space.faces.labels[caught]))
    title, clear = st.columns([5, 1], vertical_alignment="bottom")
    title.subheader(
        f"{len(caught)} {'face' if len(caught) == 1 else 'faces'} of "
        f"{people} {'person' if people == 1 else 'people'}",
        anchor=False,
    )
    clear.button("Let go", on_click=here.catch, args=[[]], key="e_let_go")
    if words := among(space, caught):
        st.markdown(words)
    cells = [card(space.faces.pictures[i], space.names[i], "", "") for i in caught[:SHEET]]
    st.html(f"<div class='near'>{''.join(cells)}</div>")
    if len(caught) > SHEET:
        st.caption(f"The first {SHEET} of {len(caught)}.")


def among(space: Space, caught: NDArray[np.int64]) -> str:
    """Distances inside a group, in words."""
    import torch

    if len(caught) < 2:
        return ""
    rows = caught[:1000]
    e = torch.from_numpy(space.embedding[rows])
    matrix = space.judge.matrix(e, e)
    i, j = np.triu_indices(len(rows), 1)
    distance = matrix[i, j]
    same = space.faces.labels[rows[i]] == space.faces.labels[rows[j]]
    words = (
        f"**In the space** they lie {distance.mean():.2f} apart on average, from "
        f"{distance.min():.2f} to {distance.max():.2f}."
    )
    if same.any():
        words += (
            f" {int(same.sum()):,} of the {len(same):,} pairs are of one person: "
            f"{distance[same].mean():.2f} on average."
        )
    if not same.all():
        words += f" Pairs of two people: {distance[~same].mean():.2f}."
    if space.judge.proven:
        below = float((distance < space.judge.threshold).mean())
        words += f" Below the threshold of {space.judge.threshold:.2f}: {share(below)}."
    return words


# -- newcomers -------------------------------------------------------------------------------------


def newcomers(here: Chosen) -> None:
    """Drop a face here: from a file, the camera, the gallery, or made up."""
    with st.expander("Drop a face here", icon=":material/add_reaction:"):
        sources = [RENDERED, FILE, CAMERA, *([GALLERY] if session().gallery else [])]
        source = st.segmented_control(
            "From", sources, default=RENDERED, required=True, key="e_guest_from"
        )
        found = {FILE: _from_file, CAMERA: _from_camera, GALLERY: _from_gallery}.get(
            source, _made_up
        )()
        full = len(here.guests) >= GUESTS
        with st.container(horizontal=True, vertical_alignment="center"):
            if found:
                st.html(f"<div class='near'>{card(found.picture, found.name, '', '')}</div>")
            st.button(
                "Put it on the map",
                type="primary",
                on_click=_welcome,
                args=[here, found],
                disabled=found is None or full,
                key="e_welcome",
            )
            if here.guests:
                st.button("Send them away", on_click=_send_away, args=[here], key="e_away")
        if full:
            st.caption(f"{GUESTS} newcomers are on the map, the most there can be.")
        st.caption(
            "It is placed between its nearest neighbours in the space. A map has no place for "
            "*nobody you know*: look at the distances. Pictures stay in this session's memory."
        )


def _welcome(here: Chosen, guest: Guest) -> None:
    here.guests.append(guest)
    here.pick = len(here.faces) + len(here.guests) - 1


def _send_away(here: Chosen) -> None:
    here.guests.clear()
    here.pick = -1


def _made_up() -> Guest:
    seed: int = st.number_input(
        "Who? Every number is another person", 1000, 999_999, 1234, key="e_guest_seed"
    )
    return Guest(f"Newcomer {seed}", _rendered(seed))


@st.cache_data(show_spinner=False, max_entries=64)
def _rendered(seed: int) -> NDArray[np.uint8]:
    return np.asarray(render(random_identity(seed), random_scene(seed)))


def _from_file() -> Guest | None:
    upload = st.file_uploader(
        "A photo with a face", type=list(SUFFIXES), max_upload_size=25, key="e_guest_file"
    )
    return _found(upload.getvalue(), upload.name) if upload else None


def _from_camera() -> Guest | None:
    shot = st.camera_input("Take a picture", key="e_guest_camera")
    return _found(shot.getvalue(), "The picture") if shot else None


def _from_gallery() -> Guest:
    gallery = session().gallery
    name = st.selectbox("Who?", sorted(gallery), key="e_guest_who")
    count = len(gallery[name])
    number = 1
    if count > 1:
        number = st.slider("Picture", 1, count, 1, key=f"e_guest_number_{count}")
    return Guest(f"{name} ({number})", gallery[name][number - 1])


def _found(data: bytes, name: str) -> Guest | None:
    """The face in a picture; what is wrong is said."""
    from pages.ui.door import find

    try:
        seen = find(data, name)
    except PictureError as error:
        st.warning(str(error), icon=":material/no_photography:")
        return None
    for doubt in seen.doubts:
        st.caption(doubt)
    return Guest(name.rsplit(".", 1)[0][:40], seen.crop)


def embedded(space: Space, guest: Guest) -> Floats:
    """The newcomer in the space, (D,)."""
    key = "guest", id(guest)
    kept = space.maps.get(key)
    if kept is None or kept[0] is not guest:
        kept = space.maps[key] = guest, space.judge.embed(guest.picture[None]).numpy()[0]
    placed: Floats = kept[1]
    return placed


def seated(space: Space, placed: Floats, guests: list[Guest]) -> Floats:
    """Places of the newcomers on a map (N, d): (G, d)."""
    found = [
        neighbours.between_neighbours(space.distances(embedded(space, guest)), placed)
        for guest in guests
    ]
    return np.stack(found) if found else np.zeros((0, placed.shape[1]), np.float32)


# -- small pictures --------------------------------------------------------------------------------


def uri(picture: NDArray[np.uint8], side: int) -> str:
    file = io.BytesIO()
    Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS).save(
        file, "JPEG", quality=85
    )
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


def image(picture: NDArray[np.uint8], name: str, side: int) -> str:
    return f"<img src='{uri(picture, side)}' alt='{escape(name, quote=True)}'>"


def card(picture: NDArray[np.uint8], name: str, words: str, kind: str) -> str:
    """A face with its name and a few words; `kind` colours its edge."""
    return (
        f"<figure class='{kind}'>{image(picture, name, 72)}<figcaption>"
        f"<b>{escape(words)}</b><span>{escape(name)}</span></figcaption></figure>"
    )
