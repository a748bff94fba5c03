"""The address of a page: names in it, also those of before, and a button that copies it."""

from __future__ import annotations

from collections.abc import Mapping

from pages.ui.component import component

TRAIN_LOSS = "train_loss"  # of the Train page, to which other pages lead

# How names in links began before they began with the address of their page.
LETTERS = {"losses": "l", "margin": "m", "faces": "f", "map": "e"}
LETTERS |= {"pairs": "p", "photos": "p", "door": "d"}
BARE = {
    "start": {"a", "b"},
    "people": {
        *("unseen", "split", "split_seed", "strangers", "strangers_pictures"),
        *("public_set", "public_people"),
    },
    "train": {
        *("loss", "soft", "begin", "lr", "lr_tuned"),
        *("net", "embedding", "P", "K", "seed"),
    },
}
STEMS = ("margin_", "mining_", "normalise_")  # of names of the Train page


def train_margin(loss: str, tuned: bool = False) -> str:
    """Name of the margin among the controls of the Train page."""
    return f"train_margin_{loss.replace('-', '_')}{'_tuned' if tuned else ''}"


def renewed(page: str, asked: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """What a link asks for, also one that was copied before names began with that of their page."""
    letter, bare = f"{LETTERS.get(page, '')}_", BARE.get(page, ())
    found = {}
    for name, values in asked.items():
        if page in LETTERS and name.startswith(letter):
            name = f"{page}_{name.removeprefix(letter)}"
        elif name in bare or (page == "train" and name.startswith(STEMS)):
            name = f"{page}_{name}"
        found[name] = values
    return found


def copy_link() -> None:
    """A button that puts the address of the page, with all that it shows, on the clipboard."""
    component(__file__)(key="copy_link")
