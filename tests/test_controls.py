"""The controls of the Train page, put where a model file says."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from siamese.config import RANGES, TrainingConfig, preset
from siamese.losses import LOSSES

pytestmark = pytest.mark.usefixtures("fresh")


def script() -> None:
    import streamlit as st

    from pages.ui.train import controls

    if st.button("put"):
        config = st.session_state["wanted"]
        controls.put(config)
        st.rerun()
    st.session_state["chosen"] = controls.choose_config()


def ends(which: Callable[..., Any], loss: str, **more: Any) -> TrainingConfig:
    """A legal configuration with every number at an end of its range, in the type of that end."""
    limits = {name: which(RANGES[name], key=abs) for name in RANGES}
    whole = {setting.name for setting in fields(TrainingConfig) if setting.type is int}
    values = {name: int(end) if name in whole else end for name, end in limits.items()}
    return preset(loss, **values | more)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    "more",
    [{}, {"margin": 10}, {"lr": 1}, {"seed": True}, {"margin": 0.123456, "lr": 0.00123}],
    ids=str,
)
@pytest.mark.parametrize("which", [min, max])
def test_any_legal_file_can_be_shown(
    loss: str, more: dict[str, Any], which: Callable[..., Any]
) -> None:
    app = AppTest.from_function(script, default_timeout=60)
    app.session_state["wanted"] = ends(which, loss, **more)
    app.run()
    app.button[0].click().run()
    assert not app.exception
    chosen = app.session_state["chosen"]
    assert chosen.loss == loss
    app.run()  # and once more, as when something else on the page is moved
    assert not app.exception
    assert app.session_state["chosen"] == chosen


def test_what_lies_within_reach_is_shown_as_it_is() -> None:
    app = AppTest.from_function(script, default_timeout=60)
    wanted = preset("contrastive", margin=1.35, lr=1e-2, seed=42, people=9, pictures=5)
    app.session_state["wanted"] = wanted
    app.run()
    app.button[0].click().run()
    assert app.session_state["chosen"] == wanted
