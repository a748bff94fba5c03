"""The *Losses* page without a browser: what it writes is what the library computes."""

import re

import numpy as np
import paging
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.losses import pictures
from pages.ui.session import Session
from siamese.distances import euclidean

PAGE = "pages/understand/losses.py"
pytestmark = pytest.mark.usefixtures("fresh")


def opened(**link: str) -> AppTest:
    return paging.opened(PAGE, **link)


def result(app: AppTest) -> float:
    """The number at the end of the formula."""
    (formula,) = [latex.value for latex in app.latex]
    return float(re.findall(r"\\mathbf\{([\d.]+)\}", formula)[-1])


@pytest.mark.parametrize(
    ("loss", "pictures_of_it"), [("Contrastive", 2), ("Triplet", 2), ("Circle", 2), ("BCE", 1)]
)
def test_each_loss_has_formula_code_and_picture(loss: str, pictures_of_it: int) -> None:
    app = opened(losses_loss=loss)
    assert app.title[0].value.endswith("?")
    assert app.code[0].value.startswith("def ")
    assert len(app.get("vega_lite_chart")) == pictures_of_it
    assert result(app) >= 0
    assert len(app.radio) == 5


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ({"losses_d": "0.5", "losses_m": "1.2"}, 0.49),
        ({"losses_d": "0.5", "losses_m": "1.2", "losses_pair": "One person"}, 0.25),
        ({"losses_d": "1.5", "losses_m": "1.2"}, 0.0),
        ({"losses_loss": "Triplet", "losses_p": "0.9", "losses_n": "0.4", "losses_mt": "0.2"}, 0.7),
        ({"losses_loss": "Triplet", "losses_p": "0.2", "losses_n": "1.4"}, 0.0),
        ({"losses_loss": "BCE", "losses_z": "0"}, 0.6931),
        (
            {
                "losses_loss": "Circle",
                "losses_sp": "0.9",
                "losses_sn": "0.1",
                "losses_mc": "0.25",
                "losses_g": "10",
            },
            np.log1p(np.exp(10 * 0.35 * (0.1 - 0.25) - 10 * 0.35 * (0.9 - 0.75))),
        ),
    ],
)
def test_the_numbers_in_the_link_are_in_the_formula(link: dict[str, str], expected: float) -> None:
    assert result(opened(**link)) == pytest.approx(expected, abs=6e-5)


def test_faces_put_in_are_measured() -> None:
    app = opened(
        losses_own="true", losses_net="Raw pixels", losses_first_who="alex", losses_second_who="ari"
    )
    here: Session = app.session_state["session"]
    from siamese.networks import embed_pixels

    first, second = (here.faces.people.index(name) for name in ("alex", "ari"))
    rows = [
        int(np.flatnonzero(here.faces.labels == first)[0]),
        int(np.flatnonzero(here.faces.labels == second)[1]),
    ]
    codes = embed_pixels(here.faces.pictures[rows])
    distance = euclidean(codes[0], codes[1])
    expected = max(1 - round(float(distance), 2), 0) ** 2
    assert result(app) == pytest.approx(expected, abs=6e-5)


@pytest.mark.parametrize("loss", ["Triplet", "Circle", "BCE"])
def test_faces_go_into_every_loss(loss: str) -> None:
    app = opened(losses_own="true", losses_loss=loss)
    assert any("hipped net" in line.value for line in [*app.markdown, *app.info])


@pytest.mark.parametrize("loss", ["Contrastive", "Triplet", "Circle"])
def test_the_result_follows_from_the_numbers_that_are_shown(loss: str) -> None:
    app = opened(losses_own="true", losses_loss=loss, losses_net="Raw pixels")
    text = app.latex[0].value
    n = [float(x) for x in re.findall(r"\d+\.\d\d(?!\d)", text.split("&= ")[-2])]
    if loss == "Contrastive":
        expected = n[0] ** 2  # at first two photos of one person
    elif loss == "Triplet":
        expected = max(n[0] - n[1] + n[2], 0)
    else:
        expected = np.log1p(np.exp(64 * n[0] * (n[1] - n[2]) - 64 * n[3] * (n[4] - n[5])))
    assert result(app) == pytest.approx(expected, abs=6e-5)


def test_the_faces_at_first_are_new_to_the_net() -> None:
    from siamese.faces import split_by_person

    app = opened(losses_own="true", losses_loss="Triplet")
    unseen = split_by_person(app.session_state["session"].faces).unseen.people
    for key in ("losses_anchor_who", "losses_stranger_who"):
        assert app.selectbox(key=key).value in unseen


def test_the_circle_is_round() -> None:
    from pages.ui.losses import charts
    from siamese import losslab

    seen = losslab.plane(losslab.triplet(0.3), 0, 2, 9)
    chart = charts.heat(seen, ("x", "y"), most=2, edges={}, words=[], point=(1, 1))
    assert chart.width == chart.height
    assert chart.to_dict()["autosize"]["type"] == "pad"  # axes are not taken off one side
    drawn = opened(losses_loss="Circle").get("vega_lite_chart")
    assert drawn
    assert all(
        one.proto.width_config.use_content for one in drawn if "losses_circle" in one.proto.id
    )


def test_values_out_of_range_are_survived() -> None:
    app = opened(losses_d="99", losses_m="-3", losses_loss="nonsense", losses_own="maybe")
    assert result(app) >= 0
    assert app.slider(key="losses_d").value <= 2


def test_a_margin_above_two_is_spoken_of() -> None:
    assert any("nothing is further apart than 2" in c.value for c in opened(losses_m="2.5").caption)


def test_the_slip_turns_people_against_themselves() -> None:
    apart = [
        [float(number) for number in re.findall(r"\d\.\d\d", caption.value)]
        for flipped in ("false", "true")
        for caption in opened(losses_slip=flipped).caption
        if "steps photos of one person" in caption.value
    ]
    assert len(opened(losses_slip="true").get("vega_lite_chart")) == 3  # two and the slip's
    (same, different), (same_flipped, different_flipped) = apart
    assert same < different
    assert same_flipped > different_flipped


@pytest.mark.parametrize(
    ("slope", "words"), [(0.3, "together"), (-0.3, "apart"), (0.0, "leaves them alone")]
)
def test_a_slope_in_words(slope: float, words: str) -> None:
    assert words in pictures.in_words(slope, 1.0)


def test_a_lesson_keeps_the_page() -> None:
    assert result(opened(lesson="1", losses_d="0.5")) == pytest.approx(0.25)
