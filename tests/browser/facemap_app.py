"""Nothing but the map, for `test_facemap_journey.py`: ?n=… points, ?live=1 moves them."""

import sys
from pathlib import Path

import numpy as np
import streamlit as st

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from pages.ui.facemap.facemap import facemap
from pages.ui.facemap.sprites import Sprites

PEOPLE = 40
n = int(st.query_params.get("n", 240))
chance = np.random.default_rng(0)
labels = np.arange(n) * PEOPLE // n
colours = chance.integers(40, 220, (PEOPLE, 1, 1, 3))
pictures = np.broadcast_to(colours[labels], (n, 24, 24, 3)).astype(np.uint8)
centres, noise = chance.normal(size=(PEOPLE, 2)), chance.normal(size=(n, 2))
sprites = Sprites.of(pictures, side=24)

st.title("The map")
if "late" not in st.query_params:
    sprites.mount()


@st.fragment(run_every=0.6 if "live" in st.query_params else None)
def moving() -> None:
    step = st.session_state["step"] = st.session_state.get("step", 0) + 1
    near = 1 - 0.8**step  # from one cloud towards forty
    facemap(
        (noise * (1 - near) + centres[labels] * near) * step,
        labels,
        [f"Person {label + 1}, photo {index + 1}" for index, label in enumerate(labels)],
        sprites,
        key="map",
        height=420,
        caption_text=f"{n} photos of {PEOPLE} people.",
        on_pick=lambda index: st.session_state.update(picked=index),
    )
    st.button("Move")
    st.write(f"Step {step}, picked {st.session_state.pop('picked', 'nothing')}.")


moving()
if st.button("Mount"):
    sprites.mount()
st.write("Below the map.")
