"""Ten pairs to guess on *Start*, without a browser: the draw is fair, and every figure is true."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import beta
from streamlit.testing.v1 import AppTest

from pages.ui import shipped
from pages.ui.photo import Photo
from pages.ui.session import sample_faces
from pages.ui.start.guess import GAMES, SHOWN
from pages.ui.start.ten import Deck, another, deck, draw
from pages.ui.start.words import closing
from siamese.faces import split_by_person
from siamese.networks import embed_pixels

APP = str(Path(__file__).parent.parent / "app.py")
SEEDS = range(200)


@pytest.fixture(scope="module")
def cards() -> Deck:
    return deck()


def game(app: AppTest) -> dict[str, Any]:
    """What the browser was given to play."""
    assert not app.exception
    protos = [element.proto for element in app.get("bidi_component")]
    (proto,) = [proto for proto in protos if proto.component_name == "siamese.start.guess"]
    data: dict[str, Any] = json.loads(proto.json)
    return data


def opened() -> AppTest:
    return AppTest.from_file(APP, default_timeout=60).run()


def names(cards: Deck, pair: int) -> tuple[str, str]:
    a, b = cards.photos(pair)
    return a.person, b.person


def apart(embedding: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """All distances (N, N), one row at a time and without the library's."""
    rows = embedding.astype(np.float64)
    return np.array([np.sqrt(((rows - row) ** 2).sum(1)) for row in rows])


def test_a_game_is_half_and_half_and_shows_nobody_twice(cards: Deck) -> None:
    new = set(split_by_person(sample_faces()).unseen.people)
    same_at = np.zeros(10)
    for seed in SEEDS:
        people = [names(cards, pair) for pair in draw(cards, seed).tolist()]
        same = [a == b for a, b in people]
        assert len(people) == 10
        assert sum(same) == 5
        assert Counter(person for pair in people for person in set(pair)).most_common(1)[0][1] == 1
        assert {person for pair in people for person in pair} <= new
        same_at += same
    # Nobody can tell by the place: of 200 fair coins, fewer than one in 10,000 falls outside this.
    assert np.all(np.abs(same_at / len(SEEDS) - 0.5) < 0.15)


def test_a_game_has_an_easy_and_a_hard_pair_of_each_kind(cards: Deck) -> None:
    distance = apart(shipped.net().embed(cards.faces.pictures).numpy())
    people = np.array([Photo.at(cards.faces, i).person for i in range(len(cards.faces))])
    a, b = np.triu_indices(len(people), 1)
    of_kind = {same: np.sort(distance[a, b][(people[a] == people[b]) == same]) for same in (0, 1)}
    for seed in SEEDS[:40]:
        fifths = Counter()  # type: ignore[var-annotated]
        for one, other in (cards.photos(pair) for pair in draw(cards, seed).tolist()):
            same = int(one.person == other.person)
            rank = np.searchsorted(
                of_kind[same], distance[one_row(cards, one), one_row(cards, other)]
            )
            fifths[same, int(5 * (rank + 0.5) / len(of_kind[same]))] += 1
        assert len(fifths) >= 9  # rounding may carry a pair over the edge of its fifth
        assert max(fifths.values()) <= 2


def one_row(cards: Deck, photo: Photo) -> int:
    return next(i for i in range(len(cards.faces)) if Photo.at(cards.faces, i).id == photo.id)


def test_the_draw_favours_no_judge(cards: Deck) -> None:
    games = np.array([draw(cards, seed) for seed in range(600)])
    for judge in cards.judges:
        right = (judge.distance < judge.threshold) == cards.pairs.is_same
        fair = 5 * right[cards.pairs.is_same].mean() + 5 * right[~cards.pairs.is_same].mean()
        scores = right[games].sum(1)
        assert scores.mean() == pytest.approx(
            fair, abs=4 * scores.std() / np.sqrt(len(games)) + 0.02
        )


def test_what_is_told_of_a_pair_is_what_was_measured() -> None:
    data = game(opened())
    faces, others = sample_faces(), split_by_person(sample_faces()).seen
    grey = apart(embed_pixels(others.pictures).numpy())
    a, b = np.triu_indices(len(others), 1)
    same, distance = others.labels[a] == others.labels[b], grey[a, b]
    net, pixels = shipped.net(), data["judges"][1]["threshold"] * data["judges"][1]["reach"]
    # Pixels let in as many pairs of two people as they turn away of one, among the other people.
    assert (distance[same] >= pixels).mean() == pytest.approx(
        (distance[~same] < pixels).mean(), abs=0.005
    )
    for pair in data["pairs"]:
        photos = [Photo.find(faces, photo["id"]) for photo in pair["photos"]]
        pictures = faces.pictures[[photo.index for photo in photos if photo]]
        assert pair["one"] == (photos[0].person == photos[1].person)  # type: ignore[union-attr]
        for judge, embed, threshold in zip(
            pair["judges"],
            (net.embed, embed_pixels),
            (net.threshold, pixels),
            strict=True,
        ):
            measured = apart(embed(pictures).numpy())[0, 1]
            assert judge["distance"] == pytest.approx(measured, abs=1e-3)
            assert judge["one"] == (judge["distance"] < threshold)
            told = re.fullmatch(
                r"(.+) is (below|above) (.+): (one person|two people)", judge["words"]
            )
            assert told
            assert float(told[1]) == pytest.approx(measured, abs=0.006)
            assert float(told[3]) == pytest.approx(threshold, abs=0.006)
            assert (told[2] == "below") is (told[4] == "one person") is judge["one"]


def test_what_ten_pairs_mean(cards: Deck) -> None:
    for right in range(1, 10):
        low, high = beta.ppf(0.025, right, 11 - right), beta.ppf(0.975, right + 1, 10 - right)
        words = closing(cards, right, 10).replace("\N{NO-BREAK SPACE}", " ")
        assert f"{right} right ones" in words
        assert f"between {100 * low:.0f} % and {100 * high:.0f} %" in words
    assert "between 0 %" in closing(cards, 0, 10).replace("\N{NO-BREAK SPACE}", " ")
    of_all = [
        100 * np.mean([right[same].mean(), right[~same].mean()])
        for judge in cards.judges
        for same, right in [
            (cards.pairs.is_same, (judge.distance < judge.threshold) == cards.pairs.is_same)
        ]
    ]
    assert f"right in {of_all[0]:.0f} % and pixels in {of_all[1]:.0f} %" in words
    assert len(cards.pairs) == len(cards.faces) * (len(cards.faces) - 1) // 2
    assert f"{len(cards.pairs):,} pairs of these {len(cards.faces.people)} people" in words


def test_a_pair_is_not_played_again(cards: Deck) -> None:
    games: list[int] = []
    for _ in range(8):
        games.append(another(cards, games))
    played = [pair for seed in games for pair in draw(cards, seed).tolist()]
    assert len(set(played)) == 80
    assert another(cards, ()) != another(cards, ())  # nobody can know the next


@pytest.mark.usefixtures("fresh")
def test_the_page_begins_with_a_game_that_names_nobody() -> None:
    app = opened()
    data = game(app)
    assert len(data["pairs"]) == 10
    assert not app.query_params
    words = " ".join(
        str(one.value) for kind in ("title", "markdown", "caption") for one in app.get(kind)
    )
    assert "Say it first" in words
    told = {photo["name"].split(",")[0] for pair in data["pairs"] for photo in pair["photos"]}
    assert len(told) == 15
    assert not [name for name in told if re.search(rf"\b{name}\b", words)]


@pytest.mark.usefixtures("fresh")
def test_the_game_is_there_when_the_visitor_comes_back() -> None:
    app = opened()
    first = game(app)
    assert game(app.run())["id"] == first["id"]
    app.switch_page("pages/train/people.py").run()
    app.switch_page("pages/start/welcome.py").run()
    assert game(app) == first


@pytest.mark.usefixtures("fresh")
def test_from_the_game_to_the_net_and_back() -> None:
    app = opened()
    first = game(app)["id"]
    app.session_state[SHOWN] = True
    app.query_params["start_a"] = "bao-3"
    app.run()
    assert "siamese.start.guess" not in str([one.proto for one in app.get("bidi_component")])
    (button,) = [button for button in app.button if button.label == "Guess ten pairs"]
    button.click().run()
    assert game(app)["id"] == first
    assert not app.query_params


def follow() -> None:
    """A script: what a browser might ask for."""
    import streamlit as st

    from pages.ui.start.guess import _follow

    _follow(st.session_state["wish"])


@pytest.mark.parametrize(
    ("wish", "games", "link"),
    [
        ({"again": True}, 2, {}),
        ({"resume": 77}, 2, {}),
        ({"look": ["bao-1", "bao-4"]}, 1, {"start_a": "bao-1", "start_b": "bao-4"}),
        ({"resume": -1}, 1, {}),
        ({"resume": 2**31}, 1, {}),
        ({"resume": "77"}, 1, {}),
        ({"look": ["bao-1"]}, 1, {}),
        ({"look": [1, 2]}, 1, {}),
        ({"else": 1}, 1, {}),
        ({}, 1, {}),
    ],
)
@pytest.mark.usefixtures("fresh")
def test_what_the_browser_asks_for(wish: dict[str, Any], games: int, link: dict[str, Any]) -> None:
    app = AppTest.from_function(follow, default_timeout=60)
    app.session_state["wish"], app.session_state[GAMES] = wish, [5]
    app.run()
    assert not app.exception
    seeds = app.session_state[GAMES]
    assert seeds[0] == 5
    assert len(seeds) == games
    assert seeds[1:] in ([], [wish.get("resume", seeds[-1])])
    assert dict(app.query_params) == link
    assert SHOWN not in app.session_state
