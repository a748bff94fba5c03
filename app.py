"""Siamese Lab, as `streamlit run app.py` serves it."""

from pathlib import Path

import streamlit as st

if __name__ == "__main__":  # run as a script, as tests do
    from pages.ui import menu

    menu.show()
else:
    from pages.ui.wire import wire

    app = st.App(Path(__file__).parent / "pages" / "ui" / "menu.py", routes=wire.routes())
