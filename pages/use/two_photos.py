"""Two photos: one distance, and what it is worth under every net."""

from functools import partial

import streamlit as st

from pages.ui.frame import opening, predict
from pages.ui.link import copy_link
from pages.ui.parts import Part, one_part
from pages.ui.photos import believed, cautions, damage, inside, matrix, pair, verdicts
from siamese import lessons

opening(
    "How far apart are two photos of yours?",
    "Choose two faces: your own, or people who do not exist. Every net of this lab says **how far "
    "apart** they are, and how often it errs.",
)
chosen = pair.pair()
if chosen is None:
    st.info("Choose two faces above, and their distance appears here.", icon=":material/face:")
    cautions.cautions()
    st.stop()

a, b = chosen
brief = st.container(key="photos_in_sight")
st.subheader("The distance, under every net", anchor=False)
table = st.container()
real = pair.real(a, b)
rate, verifiers = verdicts.base_rate(), verdicts.whom(real)
asked = verdicts.ask(a, b, verifiers, rate)
with brief:
    verdicts.in_brief(asked, real)
with table:
    verdicts.verdicts(asked, rate, real)
copy_link()
below = st.container()  # takes a second or two, so all else stands before
cautions.cautions()
predict(lessons.PHOTOS)
parts = {
    "How much of a photo does it take?": Part(partial(damage.damaged, a, b, verifiers)),
    "Inside one net": Part(partial(inside.inside, a, b, verifiers), "photos_net"),
    "All pairs": Part(partial(matrix.all_of, a, b, verifiers), "photos_known"),
}
if real:
    parts["Can the chance be believed?"] = Part(believed.believed, "photos_believed")
with below:
    one_part(parts, "photos_part")
