"""The page list, and the frame around each page. Streamlit runs this file for each visitor."""

import streamlit as st

from pages.ui import frame

UI = frame.ROOT / "pages" / "ui"


def show() -> None:
    """The page that the address names, with all that surrounds it."""
    st.set_page_config(
        page_title="Siamese Lab",
        page_icon=UI / "icon.svg",
        layout="wide",
        # In pixels, where there is room for it; a class sees the page alone.
        initial_sidebar_state="collapsed" if frame.is_short() else 248,
        menu_items={"About": "**Siamese Lab**: how a network learns to tell faces apart."},
    )
    st.logo(UI / "logo.svg", icon_image=UI / "icon.svg", size="large")
    page = st.navigation(pages())
    with frame.around(page.url_path):
        page.run()


def pages() -> dict[str, list[st.Page]]:
    """All pages by their sections."""

    def script(path: str, title: str, address: str) -> st.Page:
        return st.Page(frame.ROOT / path, title=title, url_path=address, default=not address)

    return {
        "Start": [
            script("pages/start/welcome.py", "Two faces, one net", ""),
            st.Page(frame.to_start, title="Start", url_path="start", visibility="hidden"),
        ],
        "Understand": [
            script("pages/understand/losses.py", "Losses", "losses"),
            script("pages/understand/margin.py", "Margin", "margin"),
            script("pages/understand/faces.py", "Face studio", "faces"),
        ],
        "Train": [
            script("pages/train/people.py", "People", "people"),
            script("pages/train/train.py", "Train a net", "train"),
        ],
        "Explore": [
            script("pages/explore/embedding.py", "Embedding map", "map"),
            script("pages/explore/pairs.py", "Pairs", "pairs"),
        ],
        "Use": [
            script("pages/use/two_photos.py", "Two photos", "photos"),
            script("pages/use/door.py", "The door", "door"),
        ],
    }


if __name__ == "__main__":
    show()
