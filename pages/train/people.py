"""People: the pictures, and who of them is kept for the test."""

import streamlit as st

from pages.ui import people
from pages.ui.frame import opening, try_this

st.html(people.STYLE)
opening(
    "Which people will the net see, and on whom do we test it?",
    "The net learns from the **seen** people only. Whether it can tell *faces* apart, or merely "
    "knows these people by heart, shows on the **unseen** ones.",
)

chosen = people.choose_faces()
share, cut, seed = st.columns([2, 1.4, 1], gap="medium")
unseen = share.slider(
    "Kept for the test", 5, 75, 25, 5, format="%d %%", key="unseen", bind="query-params"
)
kind = cut.segmented_control(
    "Split",
    list(people.SPLITS),
    default="person",
    required=True,
    format_func=people.SPLITS.__getitem__,
    key="split",
    bind="query-params",
)
split_seed = seed.number_input(
    "Seed of the draw",
    0,
    9999,
    0,
    key="split_seed",
    bind="query-params",
    help="The same seed draws the same people for the test, here and on every other machine.",
)
if chosen is None:
    st.info("Choose pictures above, and the people on them appear here.", icon=":material/groups:")
    st.stop()

faces, source = chosen
people.skipped(faces)
split = people.adopt(faces, source, unseen / 100, split_seed, kind)
if split is None:
    people.side(faces, "Your people so far", ":material/groups:", "not split yet", "seen")
    st.stop()

if kind == "picture":
    st.warning(
        "**This split leaks.** Every person of the test is also among the seen, so the net may "
        "know them by heart: the score flatters, and says little about strangers.",
        icon=":material/water_drop:",
    )
left, right = st.columns(2)
with left:
    hint = "the net learns from these"
    people.side(split.seen, "Seen", ":material/visibility:", hint, "seen")
with right:
    hint = "for scores only, never for learning"
    people.side(split.unseen, "Unseen", ":material/visibility_off:", hint, "unseen")
st.markdown(people.balance(split.seen))
people.find_person(split)

try_this(
    [
        "Guess before you look: how many pairs of the *same* person do the unseen people make?",
        "Keep twice as many for the test. Do the *different* pairs double, too?",
        "Take another seed. How many of the unseen people stay the same?",
        "Switch to the leaky split. How many people of its test has the net met in training?",
    ]
)
if st.toggle("Show the answers for these people"):
    told = people.answers(split, faces, unseen / 100, split_seed, kind)
    st.markdown("\n".join(f"{number}. {answer}" for number, answer in enumerate(told, 1)))
