"""Inputs that several pages have. What they say stands in the link."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

T = TypeVar("T")


def one_of(
    label: str,
    options: Iterable[T],
    *,
    key: str,
    first: T | None = None,
    called: Callable[[T], str] = str,
    place: DeltaGenerator | None = None,
    **more: Any,
) -> T:
    """One of a few options in a row, always one; before anybody chooses, the first or the one
    that is named."""
    offered = list(options)
    chosen: T = (place or st).segmented_control(
        label,
        offered,
        default=offered[0] if first is None else first,
        required=True,
        format_func=called,
        key=key,
        bind="query-params",
        **more,
    )
    return chosen


def percent_slider(
    label: str,
    low: int,
    high: int,
    first: int,
    step: int,
    *,
    key: str,
    of: str = "",
    place: DeltaGenerator | None = None,
    **more: Any,
) -> float:
    """A share from 0 to 1, chosen in whole percent `of` something."""
    chosen: int = (place or st).slider(
        label, low, high, first, step, f"%d %%{of}", key=key, bind="query-params", **more
    )
    return chosen / 100


def switch(label: str, key: str, **more: Any) -> bool:
    """On or off; at first off."""
    return st.toggle(label, key=key, bind="query-params", **more)
