"""People: the pictures, and who of them is kept for the test."""

import streamlit as st

from pages.ui.frame import more, opening, try_this
from pages.ui.inputs import percent_slider
from pages.ui.link import copy_link
from pages.ui.people import leave, sheets

st.html(sheets.STYLE)
opening(
    "Which people will the net see, and on whom do we test it?",
    "The net learns from the **seen** people only. Whether it can tell *faces* apart, or merely "
    "knows these people by heart, shows on the **unseen** ones.",
)

chosen = sheets.choose_faces()
if chosen is None:
    leave.your_data()
    st.stop()

unseen = percent_slider(
    "Kept for the test", 5, 75, 25, 5, key="people_unseen", of=" of the people", width=520
)
with more("More: another draw, a leaky split") as in_sight, in_sight:
    kind, split_seed = sheets.cut()

faces, source = chosen
sheets.remarks(faces)
split = sheets.adopt(faces, source, unseen, split_seed, kind)
if split is None:
    sheets.side(faces, "People so far", ":material/groups:", "not split yet", "seen")
    leave.your_data()
    st.stop()

if kind == "picture":
    st.warning(
        "**This split leaks.** Every person of the test is also among the seen, so the net may "
        "know them by heart: the score flatters, and says little about people who are new to it.",
        icon=":material/water_drop:",
    )
sheets.leaks(split)
with st.container(key="people_in_sight"):
    sheets.in_brief(split)
left, right = st.columns(2)
with left:
    hint = "the net learns from these"
    sheets.side(split.seen, "Seen", ":material/visibility:", hint, "seen")
with right:
    hint = "for scores only, never for learning"
    sheets.side(split.unseen, "Unseen", ":material/visibility_off:", hint, "unseen")
st.markdown(sheets.balance(split.seen))
sheets.find_person(split)

try_this(
    {
        "Guess before you look: how many pairs of the *same* person do the unseen people make?": (
            "people_answers"
        ),
        "Keep twice as many for the test. Do the *different* pairs double, too?": "people_unseen",
        "Take another seed. How many of the unseen people stay the same?": "people_split_seed",
        "Switch to the leaky split. How many people of its test has the net met in training?": (
            "people_split"
        ),
    }
)
if st.toggle("Show the answers for these people", key="people_answers"):
    told = sheets.answers(split, faces, unseen, split_seed, kind)
    st.markdown("\n".join(f"{number}. {answer}" for number, answer in enumerate(told, 1)))
copy_link()
leave.your_data()
