"""The face studio: sliders for who it is and how it is photographed, and what nets say of that.

Each slider's key holds the field's name, and for *who* the person's number too: so another person
brings other values along, and the link says what is moved and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from pages.ui import nets
from pages.ui.beside.beside import BESIDE
from pages.ui.component import component
from pages.ui.faces.keep import keep
from pages.ui.faces.verdicts import jpeg, sent, truth
from pages.ui.frame import more
from pages.ui.session import sample_faces
from pages.ui.text import plain
from siamese import studio
from siamese.faces import split_by_person
from siamese.rendering import Control, Identity, Scene, controls, person_name
from siamese.studio import Shot

if TYPE_CHECKING:
    from siamese.verifiers import Verifier

FIRST = 36  # a built-in person whom the shipped net has never met
LAST = 9999
REFERENCE = "faces_ref"  # in the link: how the reference differs from the plain photo of the person
WHO = ("melanin", "face_length", "jaw_width", "eye_spacing", "nose_width")
CAN_CHANGE = ("hairstyle",)
HOW = ("yaw", "pitch", "light_azimuth", "exposure", "smile", "noise")
FORMATS = {"years": "%d", "degrees": "%d°", "sd": "%+.1f"}  # of sliders, by unit


def choose_person() -> tuple[int, Verifier]:
    """The person and the net, on top of the page."""
    one, two, three = st.columns([1, 1.2, 1.6], vertical_alignment="bottom", gap="medium")
    seed: int = one.number_input(
        "Person", 0, LAST, FIRST, key="faces_person", bind="query-params", on_change=_forget
    )
    two.button("Somebody else", on_click=_somebody, icon=":material/casino:", width="stretch")
    with three:
        verifier = nets.choose_verifier("faces_net", default=nets.SHIPPED, drawn=True)
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


def _draw(now: Shot, compared: Shot, plain: Shot, verifiers: list[Verifier]) -> None:
    mine = person_name(plain.who.seed) if now.who == plain.who else ""
    shown = np.stack([compared.picture(), now.picture()])
    names = [verifiers[0]] if verifiers[0].name == verifiers[1].name else verifiers

    def turned() -> None:
        _turn(st.session_state["faces_studio"].turned)

    component(__file__, *BESIDE)(
        key="faces_studio",
        data={
            "reference": jpeg(compared),
            "live": jpeg(now),
            "yaw": now.scene.yaw,
            "pitch": now.scene.pitch,
            "told": {"reference": "The reference photo", "live": "The photo as the sliders say"},
            "truth": truth(now, compared),
            "judges": [sent(verifier, shown, now, compared, mine) for verifier in names],
        },
        on_turned_change=turned,
    )


def _turn(pose: object) -> None:
    """The face was dragged: the two sliders follow."""
    if not isinstance(pose, dict):
        return
    for name in ("yaw", "pitch"):
        control, value = controls(Scene)[name], pose.get(name)
        if isinstance(value, int | float) and control.low <= value <= control.high:
            st.session_state[f"faces_{name}"] = float(round(value))
