"""What the *People* page is made of: where pictures come from, contact sheets, counts, answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from pages.ui.inputs import one_of
from pages.ui.people import own, public
from pages.ui.pictures import img, uri
from pages.ui.session import SAMPLE, Pictures, SplitKind, sample_faces, session
from pages.ui.text import counted, plain
from siamese import duplicates
from siamese.faces import DataError, FaceSet, Split, pair_counts, split_by_person, split_by_picture

STYLE = Path(__file__).with_suffix(".css")
BUILT_IN, OWN, PUBLIC = "Built-in people", "My own people", "Public sets"
SPLITS: dict[SplitKind, str] = {"person": "By person", "picture": "By picture (leaky)"}
SHEET = (4, 2)  # pictures across and down on the contact sheet of one person
CELL = 88  # pixels of a picture on a sheet: sharp on a phone's screen
LISTED = 50  # sentences of a long list that are shown
PER_PAGE = 8  # people of a side shown at a time


def choose_faces() -> tuple[FaceSet, str] | None:
    """The source as a choice, with what it needs: its faces and its name; None until there are."""
    source = one_of("Whose faces?", [BUILT_IN, OWN, PUBLIC], key="people_source")
    if source == BUILT_IN:
        st.caption(
            "Our own program has drawn these people. **None of them exists**, so nobody's "
            "face is used to teach you this."
        )
        return sample_faces(), SAMPLE
    chosen = own.choose_people() if source == OWN else public.choose_set()
    if chosen is None:
        for key in ("people_twins", "people_leaks"):  # which hold those who were there
            st.session_state.pop(key, None)
        return None
    return copies(chosen[0]), chosen[1]


def copies(faces: FaceSet) -> FaceSet:
    """Say which pictures are there twice, nearly; with a choice to leave them out."""
    kept = st.session_state.get("people_twins")
    if kept is None or kept[0] is not faces:
        with st.spinner("Looking for copies …"):
            twins = duplicates.near(faces)
        kept = st.session_state["people_twins"] = faces, twins, duplicates.once(faces, twins)
    twins, without = kept[1:]
    if not twins:
        return faces
    across = sum(pair.across for pair in twins)
    with st.container(border=True, key="people_copies"):
        said = f"**{counted(len(twins), 'pair')} of pictures look like one photo.** "
        if across:
            said += (
                f"{counted(across, 'of them stands', 'of them stand')} under two names: if the net "
                "sees one and is tested on the other, it has seen the answer. "
            )
        st.markdown(f":material/content_copy: {said}")
        leave = st.toggle(
            f"Leave {counted(len(faces) - len(without), 'picture')} out",
            across > 0,
            key=f"people_once_{len(faces)}_{len(twins)}",
            help="Of two copies of one person the first stays. A photo under two names goes "
            "altogether: nobody can say whose it is.",
        )
        with st.expander("Which ones?"):
            _couples([(faces, pair.first, faces, pair.second) for pair in twins])
    return without if leave else faces


def cut() -> tuple[SplitKind, int]:
    """How people are parted into seen and unseen: the kind of the split, and the seed."""
    one, two = st.columns([2, 1], gap="medium")
    kind: SplitKind = one_of(
        "Split", SPLITS, key="people_split", called=SPLITS.__getitem__, place=one
    )
    seed = two.number_input(
        "Seed of the draw",
        0,
        9999,
        0,
        key="people_split_seed",
        bind="query-params",
        help="The same seed draws the same people for the test, here and on every other machine.",
    )
    return kind, seed


def adopt(faces: FaceSet, source: str, unseen: float, seed: int, kind: SplitKind) -> Split | None:
    """Make this the session's data; where it cannot be split, say so and leave all as it was."""
    here = session()
    before = here.faces, here.source, here.unseen, here.split_seed, here.split_kind
    if here.faces is not faces:
        here.use(faces, source)
    here.unseen, here.split_seed, here.split_kind = unseen, seed, kind
    try:
        return here.split
    except DataError as error:
        here.faces, here.source, here.unseen, here.split_seed, here.split_kind = before
        st.warning(
            f"{plain(str(error))} Until then the *Train* page goes on with the people it had. "
            "Add people, or mix in strangers with **all** their pictures.",
            icon=":material/group_add:",
        )
        return None


def in_brief(split: Split) -> None:
    """Both halves in a line, for a screen that has no room for them beside the slider."""
    same, different = pair_counts(split.unseen)
    seen = counted(len(split.seen.people), "person", "people")
    st.markdown(
        f"**{seen}** seen, **{len(split.unseen.people):,}** unseen: "
        f"{same:,} same and {different:,} different pairs to test on."
    )


def side(faces: FaceSet, title: str, icon: str, hint: str, kind: str) -> None:
    """One half of the split: its counts, and its people page by page."""
    with st.container(key=f"people_side_{kind}", border=True):
        st.subheader(f"{icon} {title}", anchor=False)
        st.markdown(f":{'orange' if kind == 'unseen' else 'violet'}-badge[{hint}]")
        _counts(faces, kind)
        _gallery(faces, kind)


def _counts(faces: FaceSet, kind: str) -> None:
    same, different = pair_counts(faces)
    with st.container(horizontal=True, gap="medium", key=f"people_counts_{kind}"):
        st.metric("People", f"{len(faces.people):,}", width="content")
        st.metric("Pictures", f"{len(faces):,}", width="content")
        st.metric("Same pairs", f"{same:,}", width="content")
        st.metric("Different pairs", f"{different:,}", width="content")


def balance(seen: FaceSet) -> str:
    """Why pairs are not drawn blindly, in the figures of these people."""
    same, different = pair_counts(seen)
    if not same or not different:
        return "With these people there is only one kind of pair, and nothing to tell apart."
    share = different / (same + different)
    return (
        f"Among the seen people, different pairs outnumber same pairs **{different / same:,.0f} : "
        f"1**. A lazy net that always says *different* would be right on {share:.1%} of them. "
        "That is why training balances its pairs, and why a bare share of right answers means "
        "little here."
    )


def find_person(split: Split) -> None:
    """Every picture of one person, whichever side they are on."""
    names = list(dict.fromkeys([*split.seen.people, *split.unseen.people]))
    name = st.selectbox(
        "All pictures of …", names, index=None, placeholder="Choose a person", key="people_person"
    )
    if name is None:
        return
    for faces, words in ((split.seen, "the net sees"), (split.unseen, "kept for the test")):
        if name in faces.people:
            rows = np.flatnonzero(faces.labels == faces.people.index(name))
            st.html(
                f"<p>{counted(len(rows), 'picture')} of "
                f"<b>{escape(name)}</b>, {words}</p>"
                f"<div class='sheet'>{_sheet_of(faces.pictures[rows[:48]], 8, name)}</div>"
            )


def remarks(faces: FaceSet) -> None:
    """What somebody should know of these pictures: left out, doubtful, single."""
    for note in faces.notes:
        st.info(plain(note), icon=":material/info:")
    if faces.skipped:
        with st.expander(f"{counted(len(faces.skipped), 'file was', 'files were')} left out"):
            _list(faces.skipped)
    if faces.doubts:
        with st.expander(f"{counted(len(faces.doubts), 'remark')} on pictures that were kept"):
            _list(faces.doubts)


def leaks(split: Split) -> None:
    """Say where the test has photos that the net learns from."""
    if session().faces is sample_faces():
        return  # none of its photos is there twice
    kept = st.session_state.get("people_leaks")
    if kept is None or kept[0] is not split:
        with st.spinner("Looking for copies across the split …"):
            kept = st.session_state["people_leaks"] = split, duplicates.leaks(split)
    if number := len(kept[1]):
        st.warning(
            f"{counted(number, 'photo')} of the test {'is' if number == 1 else 'are'} among the "
            "seen ones too, or nearly: the net is tested on what it has learnt by heart.",
            icon=":material/content_copy:",
        )
        with st.expander("Which ones?"):
            _couples([(split.unseen, ours, split.seen, theirs) for ours, theirs in kept[1].items()])


def _couples(couples: Sequence[tuple[FaceSet, int, FaceSet, int]]) -> None:
    """Two pictures each, from a set and by their number in it, beside each other with their
    names."""
    cards = [_couple(*couple) for couple in couples[:LISTED]]
    st.html(f"<div class='gallery couples'>{''.join(cards)}</div>")
    if len(couples) > LISTED:
        st.caption(f"The first {LISTED} of {len(couples):,}.")


def _couple(one: FaceSet, first: int, other: FaceSet, second: int) -> str:
    a, b = (f"{faces.files[row]} of {faces.people[faces.labels[row]]}"
            for faces, row in ((one, first), (other, second)))  # fmt: skip
    both = np.stack([one.pictures[first], other.pictures[second]])
    return (
        f"<figure>{_image(both, 2, f'{a} and {b}')}"
        f"<figcaption>{escape(a)}<br>{escape(b)}</figcaption></figure>"
    )


def _list(sentences: Sequence[str]) -> None:
    rest = [f"… and {len(sentences) - LISTED} more"] if len(sentences) > LISTED else []
    st.text("\n".join([*sentences[:LISTED], *rest]))


def answers(split: Split, faces: FaceSet, unseen: float, seed: int, kind: SplitKind) -> list[str]:
    """What the tasks come to with these people, in the tasks' order."""
    light = _without_pictures(faces)  # quick to split
    same, different = pair_counts(split.unseen)
    n = int(split.unseen.counts.max())
    people = int((split.unseen.counts == n).sum())
    pairs = counted(n * (n - 1) // 2, "pair")
    answer = f"A person with {counted(n, 'picture')} gives {n} x {n - 1} / 2 = {pairs}. "
    if people == len(split.unseen.people):
        such = "1 such person makes" if people == 1 else f"{people} such people make"
        answer += f"{such} {people} x {n * (n - 1) // 2} = **{same:,}**."
    else:
        answer += f"With all the others there are **{same:,}** same pairs."
    cut = split_by_person if kind == "person" else split_by_picture
    wider = cut(light, min(2 * unseen, 0.9), seed).unseen
    leaked = set(split_by_picture(light, unseen, seed).unseen.people) if _can_leak(light) else set()
    return [
        answer,
        (
            f"{len(split.unseen):,} unseen pictures make {different:,} different pairs, and "
            f"{len(wider):,} make {pair_counts(wider)[1]:,}: pairs grow with the *square* of the "
            "number of pictures."
        ),
        _redrawn(light, unseen, seed),
        (
            f"{len(leaked)} people: everybody in the leaky test has been met in training. A score "
            "from it says how well the net knows *these* people, not how well it knows faces."
        ),
    ]


def _without_pictures(faces: FaceSet) -> FaceSet:
    return replace(faces, pictures=np.zeros((len(faces), 0, 0, 3), np.uint8))


def _redrawn(light: FaceSet, unseen: float, seed: int) -> str:
    """How many of the people kept for the test are the same with the next seed."""
    try:
        first, other = (
            split_by_person(light, unseen, each).unseen.people for each in (seed, seed + 1)
        )
    except DataError as error:
        return f"None can be drawn: {plain(str(error))}"
    return (
        f"Seed {seed + 1} keeps {counted(len(other), 'person', 'people')} for the test, and only "
        f"{counted(len(set(first) & set(other)), 'of them is', 'of them are')} the same as with "
        f"seed {seed}. An error rate "
        "belongs to the people it was measured on."
    )


def _can_leak(faces: FaceSet) -> bool:
    return int((faces.counts >= 4).sum()) >= 2


@st.fragment
def _gallery(faces: FaceSet, kind: str) -> None:
    pages = -(-len(faces.people) // PER_PAGE)
    page = 1
    place = st.container()
    if pages > 1:
        page = st.pagination(pages, key=f"people_page_{kind}_{pages}", max_visible_pages=5)
    people = range((page - 1) * PER_PAGE, min(page * PER_PAGE, len(faces.people)))
    place.html(f"<div class='gallery {kind}'>{''.join(_card(faces, p) for p in people)}</div>")


def _card(faces: FaceSet, person: int) -> str:
    rows = np.flatnonzero(faces.labels == person)
    across, down = SHEET
    name = faces.people[person]
    return (
        f"<figure>{_sheet_of(faces.pictures[rows[: across * down]], across, name)}"
        f"<figcaption><b>{escape(name)}</b><span>{len(rows)}</span></figcaption></figure>"
    )


def _sheet_of(pictures: Pictures, across: int, name: str) -> str:
    return _image(pictures, across, f"{counted(len(pictures), 'picture')} of {name}")


def _image(pictures: Pictures, across: int, alt: str) -> str:
    """A contact sheet as one picture inside the page."""
    cells = [Image.fromarray(picture).resize((CELL, CELL)) for picture in pictures]
    columns = min(across, len(cells))
    is_full = len(cells) % columns == 0
    sheet = Image.new(
        "RGB" if is_full else "RGBA", (columns * CELL, -(-len(cells) // columns) * CELL)
    )
    for number, cell in enumerate(cells):
        sheet.paste(cell, (number % columns * CELL, number // columns * CELL))
    kind = "JPEG" if is_full else "WEBP"  # a clear rest needs WebP; JPEG is five times faster
    return img(uri(sheet, kind, quality=82), alt, f"width:{100 * columns / across:g}%")
