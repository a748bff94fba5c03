"""Siamese Lab, as `streamlit run app.py` serves it."""

from pathlib import Path

import streamlit as st

if __name__ == "__main__":  # run as a script, as tests do
    from pages.ui import menu

    menu.show()
else:
    from pages.ui import upkeep
    from pages.ui.wire import wire

    MENU = Path(__file__).parent / "pages" / "ui" / "menu.py"
    app = st.App(MENU, routes=wire.routes(), lifespan=upkeep.lifespan)
