"""Components of our own: what the browser draws and moves by itself, without asking the server."""

from pathlib import Path
from typing import Any

import streamlit as st

from siamese.sharing import Once

HERE = Path(__file__).parent


@Once
def component(name: str) -> Any:
    """The files `name`.html, .css and .js of this folder, as far as they are there, as a Streamlit
    component: call it with `key=` and `data=`."""
    html, css, js = (
        path.read_text("utf-8") if path.is_file() else None
        for path in (HERE / f"{name}.{kind}" for kind in ("html", "css", "js"))
    )
    return st.components.v2.component(f"siamese.{name}", html=html, css=css, js=js)
