"""What all our charts by Altair share."""

from __future__ import annotations

import altair as alt


def layered(*charts: alt.Chart) -> alt.LayerChart:
    """Charts over one another. `alt.layer` would make facets of them where they have any."""
    return alt.LayerChart(layer=charts)
