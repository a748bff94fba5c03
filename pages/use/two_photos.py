"""Two photos: one distance, and what it is worth under every net."""

import streamlit as st

from pages.ui import nets, reading
from pages.ui.frame import opening, predict
from pages.ui.link import copy_link
from pages.ui.photos import believed, cautions, damage, embeddings, matrix, pair, verdicts
from pages.ui.photos.places import places
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
st.subheader("The distance, under every net", anchor=False)
rate, verifiers = verdicts.base_rate(), verdicts.whom(pair.real(a, b))
verdicts.verdicts(verdicts.ask(a, b, verifiers, rate), rate, pair.real(a, b))
if pair.real(a, b):
    believed.believed()
copy_link()

damage.damaged(a, b, verifiers)

st.subheader("Inside one net", anchor=False)
verifier = verifiers[nets.choose_verifier("photos_net", "Which one").name]
left, right = st.columns(2, gap="large")
with left:
    embeddings.embeddings(reading.read(verifier, pair.crops(a, b)))

st.subheader("All pairs", anchor=False)
matrix.all_pairs(matrix.more_faces(a, b), verifier)

cautions.cautions()
predict(lessons.PHOTOS)
with right:  # takes a second or two, so all else stands before
    places(a, b, verifier)
