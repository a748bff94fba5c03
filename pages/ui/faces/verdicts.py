"""What nets say of two photos, and what the sliders know of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pages.ui.pictures import uri
from pages.ui.reading import embed_two, heights
from pages.ui.session import sample_faces
from pages.ui.text import share
from siamese import studio
from siamese.rendering import Identity, Scene, controls
from siamese.sharing import with_each
from siamese.studio import Shot

if TYPE_CHECKING:
    from torch import Tensor

    from siamese.verifiers import Verifier

BINS = 40
THUMB = 72  # pixels
QUALITY = 92  # JPEG


@dataclass(frozen=True, eq=False)
class Known:
    """What a verifier thinks of the built-in people, made once for each verifier."""

    codes: Tensor  # (N, D) of their pictures
    reach: float  # the largest distance on the ruler
    same: list[float]  # (bins,) heights of the hill of pairs of one unseen person
    different: list[float]  # likewise, of two


@with_each
def known(verifier: Verifier) -> Known:
    reach = float(np.max([*verifier.same[-1:], *verifier.different[-1:], 1e-6]))
    hills = [
        heights(np.histogram(values, BINS, (0, reach))[0])
        for values in (verifier.same, verifier.different)
    ]
    return Known(verifier.embed(sample_faces().pictures), reach, hills[0], hills[1])


def truth(now: Shot, compared: Shot) -> dict[str, str]:
    """Whether it is the same person, which only the sliders know."""
    who = studio.changes(now.who, compared.who)
    how = studio.changes(now.scene, compared.scene)
    if not who and not how:
        return {"side": "", "headline": "The very same photo. ", "rest": "Move a slider."}
    if not who:
        rest = "only the photo differs." if len(how) > 1 else f"{_listed(how, Scene)} has moved."
        return {"side": "same", "headline": "In truth the same person: ", "rest": rest}
    lasting = [name for name in who if name not in studio.CHANGEABLE]
    if not lasting:
        rest = f"only {_listed(who, Identity)} differ, and these a person can change."
        rest = rest.replace(" differ,", " differs,") if len(who) == 1 else rest
        return {"side": "same", "headline": "In truth the same person: ", "rest": rest}
    if studio.altered(now.who, compared.who) < 1:
        return {
            "side": "",
            "headline": "Hardly anybody else: ",
            "rest": f"{_listed(lasting, Identity)} moved by less than two people usually differ in "
            "one trait. Neither answer is wrong.",
        }
    who = {name: who[name] for name in lasting}
    rest = f"{_listed(who, Identity)} {'has' if len(who) == 1 else 'have'} moved."
    return {"side": "different", "headline": "In truth somebody else: ", "rest": rest}


def _listed(moved: Collection[str], kind: type) -> str:
    labels = [controls(kind)[name].label.partition(",")[0].lower() for name in moved]
    if len(labels) > 2:
        return f"{len(labels)} traits"
    return " and ".join(labels)


def is_same(now: Shot, compared: Shot) -> bool | None:
    """Whether two shots show one person; None where a face has changed too little to say."""
    moved = studio.altered(now.who, compared.who)
    return True if moved == 0 else None if moved < 1 else False


def verdict(verifier: Verifier, distance: float, same: bool | None) -> tuple[str, str]:
    """A distance against the threshold, and on which side it lies; right or wrong where the truth
    is known."""
    if not verifier.proven:
        return f"distance {distance:.2f}, no threshold known", ""
    below = distance < verifier.threshold
    counts = "one person" if below else "two people"
    right = "" if same is None else ", right" if below == same else ", wrong"
    return f"{distance:.2f}: {counts}{right}", "same" if below else "different"


def words(verifier: Verifier, distance: float) -> str:
    """How often such a distance misleads."""
    if not verifier.proven:
        return "No pairs of unseen people are there to tell how good it is."
    return (
        f"The distance is {distance:.2f}. Among unseen people, {share(verifier.frr(distance))} of "
        f"the pairs of one person lie at least so far apart, and {share(verifier.far(distance))} "
        f"of the pairs of two people lie closer. At the "
        f"threshold, {verifier.threshold:.2f}, {share(verifier.frr(verifier.threshold))} of the "
        f"pairs of one person count as two, "
        f"and {share(verifier.far(verifier.threshold))} of two as one."
    )


def sent(
    verifier: Verifier, shown: NDArray[np.uint8], now: Shot, compared: Shot, mine: str
) -> dict[str, Any]:
    """What the browser draws of a verifier that looks at both photos (2, H, W, 3); `mine` is the
    name of the built-in person who is shown as they are."""
    here, (codes, distance) = known(verifier), embed_two(verifier, shown)
    said, side = verdict(verifier, distance, is_same(now, compared))
    rows, far = studio.nearest(verifier, here.codes, codes[1:])
    return {
        "name": verifier.name,
        "distance": distance,
        "threshold": verifier.threshold if verifier.proven else None,
        "reach": max(here.reach, distance),
        "same": here.same,
        "different": here.different,
        "verdict": said,
        "side": side,
        "words": words(verifier, distance),
        "nearest": [
            {
                "image": _thumb(row),
                "name": (name := sample_faces().people[sample_faces().labels[row]]).title(),
                "distance": f"{value:.2f}",
                "mine": name == mine,
            }
            for row, value in zip(rows, far, strict=True)
        ],
    }


@lru_cache(maxsize=256)
def jpeg(shot: Shot) -> str:
    return uri(shot.picture(), quality=QUALITY)


@lru_cache(maxsize=1024)
def _thumb(row: int) -> str:
    return uri(sample_faces().pictures[row], side=THUMB, quality=QUALITY)
