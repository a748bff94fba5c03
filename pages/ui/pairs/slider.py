"""The slider from twins to strangers: what the browser needs to move it without asking Python.

All counts are made here, for every place that the threshold can take; `slider.js` looks them
up. So the picture follows the hand, and the figures are those of `siamese.verification`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.component import component, packed
from pages.ui.facemap.sprites import Sprites

if TYPE_CHECKING:
    from siamese.pairs import Pairs

SHOWN = 4  # pairs of a kind at a place
STOPS = 200  # places that the upper slider takes, about
BINS = 66  # of a histogram
FACES = 400  # pictures that pairs are shown from; all of them are counted
Moved = Callable[[float, float], None]
PickedPair = Callable[[int, int], None]


@dataclass(frozen=True)
class Ruler:
    """The places of the sliders: steps of a round size, from 0 to beyond the largest distance."""

    step: float  # between two places of the threshold
    stop: float  # between two places of the upper slider
    steps: int  # how many

    @staticmethod
    def of(largest: float) -> Ruler:
        """A ruler that some 800 to 8,000 steps take beyond the largest distance."""
        largest = max(largest, 1e-6)
        step = 10.0 ** math.floor(math.log10(largest / 800))
        each = max(1, round(largest / step / STOPS))  # steps in a stop
        # So that whole stops fit, and one step more than the largest distance lies below the end.
        return Ruler(step, each * step, each * (math.floor(largest / step / each) + 1))

    @property
    def reach(self) -> float:
        return self.steps * self.step

    @property
    def digits(self) -> int:
        """Decimals worth showing of a distance; a threshold has one more."""
        return max(0, round(-math.log10(self.step)) - 1)

    @property
    def thresholds(self) -> NDArray[np.float64]:
        """All places of the threshold, (steps + 1,); at the last one everybody is accepted."""
        return np.round(np.arange(self.steps + 1) * self.step, 10)

    def lower(self, threshold: float) -> float:
        """The place at a threshold or just below, so that it accepts nobody more."""
        place = min(max(math.floor(threshold / self.step + 1e-9), 0), self.steps)
        return round(place * self.step, 10)

    def on(self, distance: float) -> float:
        """The nearest place of the upper slider."""
        last = round(self.reach / self.stop)
        return round(min(max(round(distance / self.stop), 0), last) * self.stop, 10)


@dataclass(frozen=True, eq=False)
class Sheet:
    """What is sent once for a set of pairs: counts, histograms, and the pairs at each stop."""

    ruler: Ruler
    sprites: Sprites
    shown: NDArray[np.int64]  # pictures that the sprites show, by their number among the faces
    sent: dict[str, Any]


def sheet(
    pairs: Pairs, pictures: NDArray[np.uint8], labels: NDArray[np.int64], names: Sequence[str]
) -> Sheet:
    """Prepare pairs of pictures (N, H, W, 3) of people `labels` (N,), called `names` (N,)."""
    ruler = Ruler.of(float(pairs.distance[-1]))
    shown = some(labels, FACES)
    stops, gaps = at_stops(pairs, ruler, shown)
    width = 2 * ruler.stop
    around = [
        np.subtract(*(np.array(pairs.below(at + side * width)) for side in (1, -1)))
        for at in np.arange(round(ruler.reach / ruler.stop) + 1) * ruler.stop
    ]
    sprites = Sprites.of(pictures[shown])
    sent = {
        "reach": ruler.reach,
        "step": ruler.step,
        "stop": ruler.stop,
        "digits": ruler.digits,
        "width": width,
        "below": packed(np.array(pairs.below(ruler.thresholds)), "<i4"),
        "hills": {
            name: _hill(pairs.distance[kind], ruler.reach)
            for name, kind in (("same", pairs.same), ("different", pairs.different))
        },
        "shown": SHOWN,
        "stops": packed(stops, "<i4"),
        "gaps": packed(gaps, "<f4"),
        "around": packed(np.array(around), "<i4"),
        "ticks": ticks(ruler.reach),
        "names": [names[picture] for picture in shown],
        "sprites": sprites.digest,
        "eer": pairs.equal_error[1],
    }
    sent["digest"] = hashlib.blake2b(repr(sent).encode(), digest_size=8).hexdigest()
    return Sheet(ruler, sprites, shown, sent)


def some(labels: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most `most` pictures, four or more, of people drawn by chance, always alike. There are
    pairs of both kinds among them where there are any: the first to be drawn is somebody with two
    pictures, and nobody has more than half of them."""
    if len(labels) <= most:
        return np.arange(len(labels))
    people, rows, counts = np.unique(labels, return_inverse=True, return_counts=True)
    drawn = np.random.default_rng(0).permutation(len(people))
    drawn = drawn[np.argsort(np.arange(len(drawn)) != np.argmax(counts[drawn] > 1), kind="stable")]
    taken = np.minimum(counts, most // 2)
    kept = drawn[np.cumsum(taken[drawn]) <= most]
    nth = np.arange(len(rows)) - np.searchsorted(np.sort(rows), rows)  # among a person's pictures
    return np.flatnonzero(np.isin(rows, kept) & (nth < taken[rows]))


def at_stops(
    pairs: Pairs, ruler: Ruler, shown: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The pairs nearest to each stop, of each kind: their two pictures as numbers of sprites,
    (stops, 2, SHOWN, 2), −1 where there is none within two stops; and their distances."""
    from siamese.pairs import nearest

    number = np.full(int(max(pairs.b.max(), shown.max())) + 1, -1)
    number[shown] = np.arange(len(shown))
    count = round(ruler.reach / ruler.stop) + 1
    stops, gaps = np.full((count, 2, SHOWN, 2), -1), np.zeros((count, 2, SHOWN))
    for k, kind in enumerate((pairs.same, pairs.different)):
        visible = kind[(number[pairs.a[kind]] >= 0) & (number[pairs.b[kind]] >= 0)]
        distance = pairs.distance[visible]
        for place in range(count):
            at = place * ruler.stop
            near = np.sort(nearest(distance, at, SHOWN))
            near = visible[near[np.abs(distance[near] - at) <= 2 * ruler.stop]]
            stops[place, k, : len(near)] = number[np.stack([pairs.a[near], pairs.b[near]], 1)]
            gaps[place, k, : len(near)] = pairs.distance[near]
    return stops, gaps


def slider(
    sheet: Sheet,
    at: float,
    threshold: float,
    *,
    moved: Moved,
    picked: PickedPair,
    key: str,
) -> None:
    """Draw it. `moved` hears of a new place and threshold, `picked` of two pictures by number."""
    sheet.sprites.mount()
    turns = f"{key}_turn"

    def on_moved() -> None:
        wish = st.session_state[key].moved
        place = read_move(wish, sheet.ruler)
        if place is not None:
            st.session_state[turns] = place[2]
            moved(place[0], place[1])

    def on_picked() -> None:
        pair = read_pick(st.session_state[key].picked, sheet)
        if pair is not None:
            picked(*pair)

    component(__file__)(
        key=key,
        data=sheet.sent
        | {"at": at, "threshold": threshold, "turn": st.session_state.get(turns, 0)},
        on_moved_change=on_moved,
        on_picked_change=on_picked,
    )


def read_move(wish: object, ruler: Ruler) -> tuple[float, float, int] | None:
    """Place, threshold and number of a message from the browser; None where it makes no sense."""
    if not isinstance(wish, dict):
        return None
    try:
        at, threshold, turn = float(wish["at"]), float(wish["threshold"]), int(wish["turn"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not (math.isfinite(at) and math.isfinite(threshold)):
        return None
    return ruler.on(at), ruler.lower(threshold), turn


def read_pick(wish: object, sheet: Sheet) -> tuple[int, int] | None:
    """The two pictures of a pair that was clicked, by their number among the faces."""
    if not isinstance(wish, dict) or wish.get("digest") != sheet.sent["digest"]:
        return None
    try:
        a, b = (int(number) for number in wish["pair"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not (0 <= a < len(sheet.shown) and 0 <= b < len(sheet.shown)):
        return None
    return int(sheet.shown[a]), int(sheet.shown[b])


def ticks(reach: float) -> list[float]:
    """Four to ten round numbers from 0 to the end of the ruler."""
    rough = reach / 6
    unit = 10.0 ** math.floor(math.log10(rough))
    every = next(step * unit for step in (1, 2, 5, 10) if step * unit >= rough)
    return [round(k * every, 6) for k in range(int(reach / every + 1e-9) + 1)]


def _hill(distance: NDArray[np.float64], reach: float) -> list[float]:
    """A histogram, its highest bar 1."""
    counts, _ = np.histogram(distance, BINS, (0, reach))
    return [round(float(height), 4) for height in counts / counts.max()]
