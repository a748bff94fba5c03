"""Map → SVG: a picture that needs no browser library, in a notebook, on a page, on paper."""

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike

from siamese.plots import person_colour

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
