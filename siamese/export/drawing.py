"""Maps, curves → SVG: pictures that need no browser library, in notebooks, on pages, on paper."""

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike

from siamese.plots import ACCENT, NEUTRAL, person_colour

RIM = 0.05  # of the width, around the points


class Drawing(str):
    """An SVG file as text. A notebook shows it as a picture."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)


def draw_map(
    placed: ArrayLike, labels: ArrayLike, names: Sequence[str], width: int = 480
) -> Drawing:
    """A map (N, 2) of pictures of people (N,), a dot each in the colour of its person, as wide as
    high. The name of a person, of `names` (P,), is told where one points at a dot."""
    points, people = np.asarray(placed, float), np.asarray(labels)
    middle = (points.max(0) + points.min(0)) / 2
    reach = np.ptp(points, axis=0).max() / 2 or 1.0
    x, y = width / 2 * (1 + (1 - 2 * RIM) * (points - middle) / reach).T
    dots = "\n".join(
        f'<circle cx="{across:.1f}" cy="{width - up:.1f}" r="{width / 120:.1f}" '
        f'fill="{person_colour(int(person))}"><title>{escape(names[person])}</title></circle>'
        for across, up, person in zip(x, y, people, strict=True)
    )
    said = f"A map of {len(points)} pictures of {len(np.unique(people))} people"
    return Drawing(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" '
        f'width="{width}" height="{width}" role="img" aria-label="{said}">\n{dots}\n</svg>'
    )


def draw_errors(steps: ArrayLike, rates: ArrayLike, width: int = 480, height: int = 200) -> Drawing:
    """How often a run errs (shares, N) after so many steps (N), rising from one to two or more:
    a line from zero up to the highest, with both ends told."""
    step, rate = np.asarray(steps, float), np.asarray(rates, float)
    left, low = 44, height - 24  # of the axes, in pixels
    x = left + (width - left - 8) * (step - step[0]) / max(step[-1] - step[0], 1)
    y = low - (low - 12) * rate / max(rate.max(), 1e-6)
    points = " ".join(f"{across:.1f},{up:.1f}" for across, up in zip(x, y, strict=True))
    said = f"Error rate from {rate[0]:.1%} to {rate[-1]:.1%} in {step[-1]:,.0f} steps"
    words = f'font-family="sans-serif" font-size="12" fill="{NEUTRAL}"'
    return Drawing(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{said}">\n'
        f'<path d="M{left} 8V{low}H{width}" fill="none" stroke="{NEUTRAL}"/>\n'
        f'<polyline points="{points}" fill="none" stroke="{ACCENT}" stroke-width="2"/>\n'
        f'<text x="{left - 6}" y="16" text-anchor="end" {words}>{rate.max():.0%}</text>\n'
        f'<text x="{left - 6}" y="{low}" text-anchor="end" {words}>0</text>\n'
        f'<text x="{width - 8}" y="{height - 6}" text-anchor="end" {words}>'
        f"{step[-1]:,.0f} steps</text>\n</svg>"
    )
