"""A kept run, taken home: a script of its own, a notebook, a net for other programs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages.ui.text import in_file

if TYPE_CHECKING:
    from siamese.jobs import Run


def take_home(run: Run) -> None:
    """A quiet menu of the forms that a run can have outside the lab."""
    from siamese.export import FORMS

    with st.popover(
        "Take it home",
        icon=":material/home:",
        disabled=run.steps == 0,
        key=f"train-home-{id(run)}",
    ):
        for name, form in FORMS.items():
            lacks = form.lacks()
            file_name = f"{in_file(run.name)}{form.ending}"
            st.download_button(
                form.label,
                partial(written, run, name, file_name),
                file_name=file_name,
                icon=":material/download:",
                width="stretch",
                disabled=bool(lacks),
                on_click="ignore",
                key=f"train-home-{name}-{id(run)}",
            )
            st.caption(lacks or form.about)


def written(run: Run, form: str, file_name: str) -> bytes:
    """The run as it is now, in a form of `FORMS`. Its model file is taken to lie beside it."""
    from siamese import checkpoints
    from siamese.export import export

    model = f"{in_file(run.name)}.safetensors"
    return export(checkpoints.load(run.save()), form, model, file_name)
