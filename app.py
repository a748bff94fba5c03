"""Siamese Lab: the page list and the frame around each page."""

from pathlib import Path

import streamlit as st

from pages.ui import frame

UI = Path(__file__).parent / "pages" / "ui"

st.set_page_config(
    page_title="Siamese Lab",
    page_icon=UI / "icon.svg",
    layout="wide",
    initial_sidebar_state=248,  # pixels, where there is room for it
    menu_items={"About": "**Siamese Lab**: how a network learns to tell faces apart."},
)
st.logo(UI / "logo.svg", icon_image=UI / "icon.svg", size="large")

PAGES = {
    "Start": [
        st.Page("pages/start/welcome.py", title="Two faces, one net", default=True),
        st.Page(frame.to_start, title="Start", url_path="start", visibility="hidden"),
    ],
    "Understand": [
        st.Page("pages/understand/losses.py", title="Losses", url_path="losses"),
        st.Page("pages/understand/margin.py", title="Margin", url_path="margin"),
        st.Page("pages/understand/faces.py", title="Face studio", url_path="faces"),
    ],
    "Train": [
        st.Page("pages/train/people.py", title="People", url_path="people"),
        st.Page("pages/train/train.py", title="Train a net", url_path="train"),
    ],
    "Explore": [
        st.Page("pages/explore/embedding.py", title="Embedding map", url_path="map"),
        st.Page("pages/explore/pairs.py", title="Pairs", url_path="pairs"),
    ],
    "Use": [
        st.Page("pages/use/two_photos.py", title="Two photos", url_path="photos"),
        st.Page("pages/use/door.py", title="The door", url_path="door"),
    ],
}

page = st.navigation(PAGES)
with frame.around(page.url_path):
    page.run()
