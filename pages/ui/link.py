"""The address of a page: a button that copies it, and values that no widget holds."""

from __future__ import annotations

from pages.ui.component import component


def copy_link() -> None:
    """A button that puts the address of the page, with all that it shows, on the clipboard."""
    component(__file__)(key="copy_link")
