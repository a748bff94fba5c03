"""Face studio: who it is and how it is photographed, each with its sliders."""

from functools import partial

import streamlit as st

from pages.ui.faces import effects, studio, sweep
from pages.ui.frame import next_pages, opening, predict
from pages.ui.link import copy_link
from pages.ui.parts import Part, one_part
from siamese import lessons

st.html(sweep.STYLE)
opening(
    "Somebody else, or only another photo?",
    "Turn the head, dim the light, or make the nose wider. Pixels mind **how** a photo was taken; "
    "a net has to mind **who** is on it.",
)
seed, verifier = studio.choose_person()
reference = studio.reference(seed)
studio.lab(seed, verifier, reference)
copy_link()
below = st.container()  # filled last: it takes some seconds at first
predict(lessons.FACES)
next_pages(
    {
        "pages/train/people.py": "Train with the people you made",
        "pages/use/door.py": "Let them stand before the door",
    }
)
with below:
    one_part(
        {
            "Why learn a distance at all?": Part(
                partial(sweep.panel, reference, verifier), "faces_nuisance"
            ),
            "What moves this net most?": Part(partial(effects.effects, verifier)),
        },
        "faces_part",
    )
