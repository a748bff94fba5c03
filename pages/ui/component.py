"""Components of our own: what the browser draws and moves by itself, without asking the server."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from siamese.sharing import Once


@Once
def component(script: str, *shared: Path) -> Any:
    """The .html, .css and .js that lie beside a module (its `__file__`), as far as they are there,
    as a Streamlit component: call it with `key=` and `data=`.

    One that is long may lie in parts: `map.js`, `map.film.js`, … are joined into one script, and so
    are the files that it has in common with others.
    """
    module = Path(script).with_suffix("")
    html, css, js = (
        _joined([*_parts(module, kind), *(part for part in shared if part.suffix == f".{kind}")])
        for kind in ("html", "css", "js")
    )
    room = module.relative_to(Path(__file__).parent)
    return st.components.v2.component(f"siamese.{'.'.join(room.parts)}", html=html, css=css, js=js)


def _parts(module: Path, kind: str) -> list[Path]:
    first = module.parent.glob(f"{module.name}.{kind}")
    return [*first, *sorted(module.parent.glob(f"{module.name}.*.{kind}"))]


def _joined(parts: Sequence[Path]) -> str | None:
    return "\n".join(part.read_text("utf-8") for part in parts) or None


def packed(values: NDArray[Any], kind: str) -> str:
    """Numbers of a kind, such as '<f4', as the text that a script unpacks into a typed array."""
    return base64.b64encode(np.ascontiguousarray(values, kind).tobytes()).decode("ascii")
