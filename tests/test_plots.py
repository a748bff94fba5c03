"""Figures and colours: what goes in is what is drawn."""

import re

import numpy as np

from siamese import plots


def test_a_ramp_goes_straight_from_stop_to_stop() -> None:
    assert plots.ramp(("#000000", "#ffffff"), 3) == ["#000000", "#808080", "#ffffff"]
    shades = plots.ramp((plots.DIFFERENT, plots.NEUTRAL, plots.SAME), 25)
    assert [shades[0].upper(), shades[12].upper(), shades[24].upper()] == [
        plots.DIFFERENT,
        plots.NEUTRAL,
        plots.SAME,
    ]


def test_people_have_colours_of_their_own() -> None:
    colours = {plots.person_colour(person) for person in range(100)}
    assert len(colours) > 95
    assert all(re.fullmatch(r"hsl\(\d+, 62%, \d+%\)", colour) for colour in colours)


def test_a_cloud_holds_every_point_once() -> None:
    rng = np.random.default_rng(0)
    placed = rng.normal(size=(40, 3)).astype(np.float32)
    rings, faint = rng.random((2, 40)) < 0.4
    names = [f"n{i}" for i in range(40)]
    figure = plots.cloud(placed, ["#000000"] * 40, names, rings, faint, [(0, 5, "#ff0000")], [7])
    dots = [trace for trace in figure.data if trace.mode == "markers"]
    shown = {}
    for trace in dots:
        for index, x, y, z, text, size in zip(
            trace.customdata, trace.x, trace.y, trace.z, trace.text, trace.marker.size, strict=True
        ):
            shown[int(index)] = (x, y, z), text, size, trace.marker.symbol, trace.opacity
    assert sorted(shown) == list(range(40))
    for i, (place, text, size, symbol, opacity) in shown.items():
        assert np.array_equal(np.array(place, np.float32), placed[i])
        assert text == names[i]
        assert (size > 6) == (i == 7)
        assert (symbol == "circle-open") == rings[i]
        assert (opacity < 1) == faint[i]
    (line,) = [trace for trace in figure.data if trace.mode == "lines"]
    assert np.array_equal(np.array(line.x, np.float32), placed[[0, 5], 0])
