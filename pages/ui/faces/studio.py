"""The face studio: sliders for who it is and how it is photographed, and what nets say of that.

Each slider's key holds the field's name, and for *who* the person's number too: so another person
brings other values along, and the link says what is moved and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import gallery, nets
from pages.ui.component import component
from pages.ui.frame import more
from pages.ui.pictures import strip, uri
from pages.ui.reading import embed_two, heights
from pages.ui.session import sample_faces, session
from pages.ui.text import plain, share
from siamese import studio
from siamese.faces import split_by_person
from siamese.rendering import Control, Identity, Scene, controls, person_name
from siamese.sharing import with_each
from siamese.studio import Shot

if TYPE_CHECKING:
    from torch import Tensor

    from siamese.verifiers import Verifier

FIRST = 36  # a built-in person whom the shipped net has never met
LAST = 9999
REFERENCE = "faces_ref"  # in the link: how the reference differs from the plain photo of the person
SHOTS = 8  # photos of a person who is kept
WHO = ("melanin", "face_length", "jaw_width", "eye_spacing", "nose_width")
CAN_CHANGE = ("hairstyle",)
HOW = ("yaw", "pitch", "light_azimuth", "exposure", "smile", "noise")
FORMATS = {"years": "%d", "degrees": "%d°", "sd": "%+.1f"}  # of sliders, by unit
BINS = 40
THUMB = 72  # pixels
QUALITY = 92  # JPEG


# -- what the link says ----------------------------------------------------------------------------


def choose() -> tuple[int, Verifier]:
    """The person and the net, on top of the page."""
    one, two, three = st.columns([1, 1.2, 1.6], vertical_alignment="bottom", gap="medium")
    seed: int = one.number_input(
        "Person", 0, LAST, FIRST, key="faces_person", bind="query-params", on_change=_forget
    )
    two.button("Somebody else", on_click=_somebody, icon=":material/casino:", width="stretch")
    with three:
        verifier = nets.choose_verifier("faces_net", default=nets.SHIPPED)
    st.caption(about(seed))
    return seed, verifier


def about(seed: int) -> str:
    """Who the person of a number is, and whether the shipped net has met them."""
    name = person_name(seed)
    faces = sample_faces()
    if name not in faces.people:
        return f"Person {seed} is called **{name.title()}** and is none of the built-in people."
    new = name in split_by_person(faces).unseen.people
    trained_on = (
        "the shipped net has never met them" if new else "the shipped net has learnt from them"
    )
    return f"Person {seed} is **{name.title()}**, one of the built-in people: {trained_on}."


def _somebody() -> None:
    st.session_state["faces_person"] = int(np.random.default_rng().integers(LAST + 1))
    _forget()


def _forget() -> None:
    """Another person: the reference is their plain photo."""
    st.query_params.pop(REFERENCE, None)


def reference(seed: int) -> Shot:
    """The photo that all others are compared with; where the link names none, the plain one."""
    untouched = Shot(studio.person(seed))
    text = st.query_params.get(REFERENCE, "")
    try:
        return studio.read(text, untouched)
    except ValueError as error:
        st.query_params.pop(REFERENCE, None)
        st.toast(
            f"The link asks for a reference photo that cannot be had: {plain(str(error))} "
            "What you see is compared with the plain photo instead.",
            icon=":material/link_off:",
            duration="long",
        )
    return untouched


# -- the sliders and the picture -------------------------------------------------------------------


@st.fragment
def lab(seed: int, verifier: Verifier, compared: Shot) -> None:
    """Who on the left, how on the right, and between them what comes of it. A fragment: what lies
    below on the page does not wait for a slider, and no slider for it."""
    if reference(seed) != compared:  # a button here has chosen another: all the page shows it
        st.rerun()
    left, middle, right = st.columns([1, 1.75, 1], gap="medium")
    plain = Shot(studio.person(seed))
    with left, st.container(key="faces_studio_who", gap="small"):
        key, lasting = f"faces_{seed}_{{}}".format, controls(Identity).keys() - studio.CHANGEABLE
        who = _sliders("Who it is", plain.who, WHO, key, lasting)
        who = _sliders("What a person can change", who, CAN_CHANGE, key, studio.CHANGEABLE)
    with right, st.container(key="faces_studio_how", gap="small"):
        key, scenes = "faces_{}".format, controls(Scene)
        scene = _sliders("How it is photographed", plain.scene, HOW, key, scenes)
        st.button("A photo by chance", on_click=_by_chance, icon=":material/casino:")
        st.button("Passport photo", on_click=_put, args=[plain.scene], icon=":material/undo:")
    with middle, st.container(key="faces_studio_look", gap="small"):
        now = Shot(who, scene)
        _draw(now, compared, plain, [nets.verifier(nets.PIXELS), verifier])
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.button(
                "Make this the reference",
                on_click=_refer,
                args=[now, plain],
                disabled=now == compared,
                icon=":material/push_pin:",
            )
            if compared != plain:
                st.button("Plain reference", on_click=_forget, icon=":material/undo:")
    keep(seed, now)


def _sliders(
    title: str,
    base: Any,
    first: Collection[str],
    key: Callable[[str], str],
    which: Collection[str],
) -> Any:
    """Controls for some fields of an `Identity` or a `Scene`, and what they say. The first ones are
    in sight."""
    fields = {name: one for name, one in controls(type(base)).items() if name in which}
    st.subheader(title, anchor=False)
    values = {name: _control(name, fields[name], getattr(base, name), key(name)) for name in first}
    with more(f"More of {title[0].lower()}{title[1:]}", key=title.split()[0].lower()):
        group = ""
        for name, control in fields.items():
            if name not in first:
                if control.group != group:
                    group = control.group
                    st.markdown(f"**{group}**")
                values[name] = _control(name, control, getattr(base, name), key(name))
    return replace(base, **values)


def _control(name: str, control: Control, value: Any, key: str) -> Any:
    if control.choices:
        return st.selectbox(
            control.label,
            control.choices,
            control.choices.index(value),
            key=key,
            bind="query-params",
        )
    kind = type(value)
    width = studio.step(control)
    chosen = st.slider(
        control.label,
        kind(control.low),
        kind(control.high),
        value,
        kind(width),
        format="%d" if kind is int else FORMATS.get(control.unit, "%.2f"),
        key=key,
        bind="query-params",
    )
    return chosen if kind is int else round(chosen, 4)


def _put(scene: Scene) -> None:
    for name in controls(Scene):
        st.session_state[f"faces_{name}"] = getattr(scene, name)


def _by_chance() -> None:
    _put(studio.any_scene(int(np.random.default_rng().integers(1_000_000))))


def _refer(now: Shot, plain: Shot) -> None:
    st.query_params[REFERENCE] = studio.written(now, plain)


# -- what verifiers say of it ----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Known:
    """What a verifier thinks of the built-in people, made once for each verifier."""

    codes: Tensor  # (N, D) of their pictures
    reach: float  # the largest distance on the ruler
    same: list[float]  # (bins,) heights of the hill of pairs of one unseen person
    different: list[float]  # likewise, of two


@with_each
def known(verifier: Verifier) -> Known:
    reach = float(np.max([*verifier.same[-1:], *verifier.different[-1:], 1e-6]))
    hills = [
        heights(np.histogram(values, BINS, (0, reach))[0])
        for values in (verifier.same, verifier.different)
    ]
    return Known(verifier.embed(sample_faces().pictures), reach, hills[0], hills[1])


def _draw(now: Shot, compared: Shot, plain: Shot, verifiers: list[Verifier]) -> None:
    mine = person_name(plain.who.seed) if now.who == plain.who else ""
    shown = np.stack([compared.picture(), now.picture()])
    names = [verifiers[0]] if verifiers[0].name == verifiers[1].name else verifiers

    def turned() -> None:
        _turn(st.session_state["faces_studio"].turned)

    component(__file__)(
        key="faces_studio",
        data={
            "reference": jpeg(compared),
            "live": jpeg(now),
            "yaw": now.scene.yaw,
            "pitch": now.scene.pitch,
            "told": {"reference": "The reference photo", "live": "The photo as the sliders say"},
            "truth": truth(now, compared),
            "judges": [_sent(verifier, shown, now, compared, mine) for verifier in names],
        },
        on_turned_change=turned,
    )


def truth(now: Shot, compared: Shot) -> dict[str, str]:
    """Whether it is the same person, which only the sliders know."""
    who = studio.changes(now.who, compared.who)
    how = studio.changes(now.scene, compared.scene)
    if not who and not how:
        return {"side": "", "headline": "The very same photo. ", "rest": "Move a slider."}
    if not who:
        rest = "only the photo differs." if len(how) > 1 else f"{_listed(how, Scene)} has moved."
        return {"side": "same", "headline": "In truth the same person: ", "rest": rest}
    lasting = [name for name in who if name not in studio.CHANGEABLE]
    if not lasting:
        rest = f"only {_listed(who, Identity)} differ, and these a person can change."
        rest = rest.replace(" differ,", " differs,") if len(who) == 1 else rest
        return {"side": "same", "headline": "In truth the same person: ", "rest": rest}
    if studio.altered(now.who, compared.who) < 1:
        return {
            "side": "",
            "headline": "Hardly anybody else: ",
            "rest": f"{_listed(lasting, Identity)} moved by less than two people usually differ in "
            "one trait. Neither answer is wrong.",
        }
    who = {name: who[name] for name in lasting}
    rest = f"{_listed(who, Identity)} {'has' if len(who) == 1 else 'have'} moved."
    return {"side": "different", "headline": "In truth somebody else: ", "rest": rest}


def _listed(moved: Collection[str], kind: type) -> str:
    labels = [controls(kind)[name].label.partition(",")[0].lower() for name in moved]
    if len(labels) > 2:
        return f"{len(labels)} traits"
    return " and ".join(labels)


def is_same(now: Shot, compared: Shot) -> bool | None:
    """Whether two shots show one person; None where a face has changed too little to say."""
    moved = studio.altered(now.who, compared.who)
    return True if moved == 0 else None if moved < 1 else False


def verdict(verifier: Verifier, distance: float, same: bool | None) -> tuple[str, str]:
    """A distance against the threshold, and on which side it lies; right or wrong where the truth
    is known."""
    if not verifier.proven:
        return f"distance {distance:.2f}, no threshold known", ""
    below = distance < verifier.threshold
    counts = "one person" if below else "two people"
    right = "" if same is None else ", right" if below == same else ", wrong"
    return f"{distance:.2f}: {counts}{right}", "same" if below else "different"


def words(verifier: Verifier, distance: float) -> str:
    """How often such a distance misleads."""
    if not verifier.proven:
        return "No pairs of unseen people are there to tell how good it is."
    return (
        f"The distance is {distance:.2f}. Among unseen people, {share(verifier.frr(distance))} of "
        f"the pairs of one person lie at least so far apart, and {share(verifier.far(distance))} "
        f"of the pairs of two people lie closer. At the "
        f"threshold, {verifier.threshold:.2f}, {share(verifier.frr(verifier.threshold))} of the "
        f"pairs of one person count as two, "
        f"and {share(verifier.far(verifier.threshold))} of two as one."
    )


def _sent(
    verifier: Verifier, shown: NDArray[np.uint8], now: Shot, compared: Shot, mine: str
) -> dict[str, Any]:
    here, (codes, distance) = known(verifier), embed_two(verifier, shown)
    said, side = verdict(verifier, distance, is_same(now, compared))
    rows, far = studio.nearest(verifier, here.codes, codes[1:])
    return {
        "name": verifier.name,
        "distance": distance,
        "threshold": verifier.threshold if verifier.proven else None,
        "reach": max(here.reach, distance),
        "same": here.same,
        "different": here.different,
        "verdict": said,
        "side": side,
        "words": words(verifier, distance),
        "nearest": [
            {
                "image": _thumb(row),
                "name": (name := sample_faces().people[sample_faces().labels[row]]).title(),
                "distance": f"{value:.2f}",
                "mine": name == mine,
            }
            for row, value in zip(rows, far, strict=True)
        ],
    }


def _turn(pose: object) -> None:
    """The face was dragged: the two sliders follow."""
    if not isinstance(pose, dict):
        return
    for name in ("yaw", "pitch"):
        control, value = controls(Scene)[name], pose.get(name)
        if isinstance(value, int | float) and control.low <= value <= control.high:
            st.session_state[f"faces_{name}"] = float(round(value))


# -- pictures as the browser wants them ------------------------------------------------------------


@lru_cache(maxsize=256)
def jpeg(shot: Shot) -> str:
    return uri(shot.picture(), quality=QUALITY)


@lru_cache(maxsize=1024)
def _thumb(row: int) -> str:
    return uri(sample_faces().pictures[row], side=THUMB, quality=QUALITY)


# -- keeping a person ------------------------------------------------------------------------------


def keep(seed: int, now: Shot) -> None:
    """Photos of the made-up person for the other pages, and who has been kept."""
    here = session().gallery
    suggested = person_name(seed).title() if now.who == studio.person(seed) else "Somebody new"
    with st.container(key="faces_studio_keep", horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            f"Keep this person: {SHOTS} photos for the other pages",
            max_chars=30,
            placeholder=suggested,
            key="faces_name",
        )
        st.button(
            "Keep",
            on_click=_keep,
            args=[seed, now.who, suggested],
            disabled=len(here) >= gallery.MOST,
            type="primary",
            icon=":material/person_add:",
            key="faces_keep",
        )
    for known_name, pictures in here.items():
        with st.container(
            horizontal=True,
            vertical_alignment="center",
            key=f"faces-kept-{known_name}",
            gap="small",
        ):
            st.image(
                strip(pictures[:SHOTS]),
                width=44 * min(len(pictures), SHOTS),
                alt=f"photos of {known_name}",
            )
            st.markdown(f"**{plain(known_name)}**, {len(pictures)} photos")
            st.space("stretch")
            st.button(
                f"Remove {plain(known_name)}",
                on_click=gallery.drop,
                args=[known_name],
                key=f"faces_drop-{known_name}",
            )
    if here:
        st.caption(
            "They wait on the other pages: as data on *People*, as faces to choose on *Losses* and "
            "*Two photos*, and before *The door*. They last as long as this session."
        )


def _keep(seed: int, who: Identity, suggested: str) -> None:
    name = " ".join(st.session_state["faces_name"].split()) or suggested
    first = 900_000 + (8 * seed + 104_729 * len(session().gallery)) % 1_000_000
    gallery.keep(name, studio.portraits(who, SHOTS, first))
    st.session_state["faces_name"] = ""
