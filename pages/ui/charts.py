"""What all our charts by Altair share."""

from __future__ import annotations

import altair as alt
import pandas as pd

from siamese.plots import DIFFERENT, NEUTRAL, SAME

KINDS = alt.Scale(domain=["same person", "two people"], range=[SAME, DIFFERENT])  # of pairs


def layered(*charts: alt.Chart) -> alt.LayerChart:
    """Charts over one another. `alt.layer` would make facets of them where they have any."""
    return alt.LayerChart(layer=charts)


def upright(at: float, name: str, reach: float, solid: bool = False) -> list[alt.Chart]:
    """A line across an axis that begins at 0 and ends at `reach`, and its name on the side where
    there is room for it."""
    here = alt.Chart(pd.DataFrame({"at": [at], "name": [name]}))
    dash = alt.Undefined if solid else [5, 4]
    rule = here.mark_rule(color=NEUTRAL, strokeWidth=2, strokeDash=dash).encode(x="at:Q")
    beyond = at > reach / 2
    word = here.mark_text(
        align="right" if beyond else "left", dx=-5 if beyond else 5, color=NEUTRAL, fontSize=12
    ).encode(x="at:Q", y=alt.value(7), text="name:N")
    return [rule, word]
