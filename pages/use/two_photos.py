"""Two photos: one distance, and what it is worth under every net."""

import streamlit as st

from pages.ui import photolab, photos, shipped
from pages.ui.frame import copy_link, opening, predict
from pages.ui.nets import choose_judge
from siamese import lessons

opening(
    "How far apart are two photos of yours?",
    "Choose two faces: your own, or people who do not exist. Every net of this lab says **how far "
    "apart** they are, and how often it errs.",
)
chosen = photos.pair()
if chosen is None:
    st.info("Choose two faces above, and their distance appears here.", icon=":material/face:")
    photos.cautions()
    st.stop()

a, b = chosen
st.subheader("The distance, under every net", anchor=False)
rate, sface = photos.base_rate(), photos.with_sface()
photos.verdicts(photos.ask(a, b, rate, sface), rate, photos.real(a, b))
copy_link()

photolab.damaged(a, b, sface)

st.subheader("Inside one net", anchor=False)
judge = choose_judge("p_net", "Which one")
numbers, places = st.columns(2, gap="large")
with numbers:
    photos.embeddings(shipped.read(judge, photos.crops(a, b)))

st.subheader("All pairs", anchor=False)
photolab.all_pairs(photolab.more_faces(a, b), judge)

photos.cautions()
predict(lessons.PHOTOS)
with places:  # takes a second or two, so all else stands before
    photolab.places(a, b, judge)
