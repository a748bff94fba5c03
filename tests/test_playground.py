"""Points that the loss itself moves: against loops, and every ready set-up on five seeds."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from siamese.playground import (
    GAMMA,
    SETUPS,
    Playground,
    Setup,
    changed,
    look,
    start_of,
    ties_of,
    trajectory,
    trajectory_from,
)

SMALL = Playground(people=3, photos=3, steps=12, noise=0.7, seed=4)
KINDS = [
    SMALL,
    replace(SMALL, loss="contrastive", margin=1.0),
    replace(SMALL, loss="circle", margin=0.25, normalised=True),
    replace(SMALL, margin=1.2, flipped=True),
    replace(SMALL, loss="contrastive", flipped=True),
    replace(SMALL, loss="circle", margin=0.3, normalised=True, flipped=True),
]


def loss_by_loop(playground: Playground, places: list[list[float]]) -> float:
    """The loss with mining 'all', in plain Python numbers."""
    who = playground.labels.tolist()
    points, m = range(len(who)), playground.margin

    def alike(i: int, j: int) -> bool:
        return bool((who[i] == who[j]) != playground.flipped)

    def d(i: int, j: int) -> float:
        return math.dist(places[i], places[j])

    def cos(i: int, j: int) -> float:
        dot = sum(a * b for a, b in zip(places[i], places[j], strict=True))
        return dot / math.hypot(*places[i]) / math.hypot(*places[j])

    if playground.loss == "triplet":
        # The slip changes places in the formula, not who is anchor, same and different.
        values = [
            max(0.0, (d(i, n) - d(i, p) if playground.flipped else d(i, p) - d(i, n)) + m)
            for i in points
            for p in points
            for n in points
            if i != p and who[i] == who[p] and who[i] != who[n]
        ]
        return sum(values) / max(1, sum(value > 0 for value in values))
    if playground.loss == "contrastive":
        sides: dict[bool, list[float]] = {True: [], False: []}
        for i in points:
            for j in range(i):
                same = alike(i, j)
                sides[same].append(d(i, j) ** 2 if same else max(m - d(i, j), 0) ** 2)
        return sum(sum(side) / len(side) for side in sides.values()) / 2
    total = 0.0
    for i in points:
        push = pull = 0.0
        for j in points:
            if i == j:
                continue
            s = cos(i, j)
            if alike(i, j):
                pull += math.exp(-GAMMA * max(1 + m - s, 0) * (s - (1 - m)))
            else:
                push += math.exp(GAMMA * max(s + m, 0) * (s - m))
        total += math.log1p(push * pull)
    return total / len(who)


@pytest.mark.parametrize("playground", KINDS, ids=lambda p: f"{p.loss}-{p.flipped}")
def test_the_loss_is_that_of_a_loop(playground: Playground) -> None:
    told = trajectory(playground)
    for frame in (0, 5, 12):
        places = told.positions[frame].astype(float).tolist()
        assert told.loss[frame] == pytest.approx(loss_by_loop(playground, places), rel=1e-4)


@pytest.mark.parametrize(
    "playground", KINDS[:2] + KINDS[3:5], ids=lambda p: f"{p.loss}-{p.flipped}"
)
def test_a_step_goes_down_the_slope(playground: Playground) -> None:
    """Central differences of the loop's loss say where each point has to go."""
    told = trajectory(playground)
    places = told.positions[0].astype(float)
    h = 1e-5
    for point, axis in [(0, 0), (4, 1), (8, 0)]:
        sides = []
        for sign in (1, -1):
            moved = places.copy()
            moved[point, axis] += sign * h
            sides.append(loss_by_loop(playground, moved.tolist()))
        slope = (sides[0] - sides[1]) / (2 * h)
        step = told.positions[1, point, axis] - told.positions[0, point, axis]
        assert step == pytest.approx(-playground.lr * playground.count * slope, abs=2e-5)


def test_measures_of_a_frame_are_those_of_a_loop() -> None:
    told = trajectory(SMALL)
    who = SMALL.labels.tolist()
    for frame in (0, 12):
        places = told.positions[frame].astype(float).tolist()
        pairs = [(i, j) for i in range(9) for j in range(i)]
        d = {(i, j): math.dist(places[i], places[j]) for i in range(9) for j in range(9)}
        same = [d[pair] for pair in pairs if who[pair[0]] == who[pair[1]]]
        different = [d[pair] for pair in pairs if who[pair[0]] != who[pair[1]]]
        gaps = [
            min(d[i, j] for j in range(9) if who[i] != who[j])
            - max(d[i, j] for j in range(9) if who[i] == who[j])
            for i in range(9)
        ]
        assert told.same[frame] == pytest.approx(np.mean(same), rel=1e-5)
        assert told.different[frame] == pytest.approx(np.mean(different), rel=1e-5)
        assert told.gap[frame] == pytest.approx(min(gaps), abs=1e-5)
        assert told.wrong[frame] == pytest.approx(np.mean([gap < 0 for gap in gaps]))


def test_lines_pull_the_same_and_push_strangers() -> None:
    """One triplet, by hand: the anchor is pulled to its photo and pushed from the stranger."""
    playground = Playground(people=2, photos=2, margin=1.0, mining="hard", steps=0)
    places = np.array([[0, 0], [1, 0], [0, 0.5], [9, 9]], np.float32)
    told = trajectory_from(playground, places)
    lines = dict(zip([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)], told.forces[0], strict=True))
    assert lines[0, 1] > 0  # one person
    assert lines[2, 3] > 0
    assert lines[0, 2] < 0  # strangers, near
    assert lines[0, 3] == 0  # strangers, far
    flipped = trajectory_from(replace(playground, flipped=True), places)
    assert flipped.forces[0][0] <= 0
    assert flipped.forces[0][5] <= 0


def test_a_satisfied_playground_rests() -> None:
    places = np.array([[0, 0], [0.1, 0], [3, 0], [3.1, 0]], np.float32)
    told = trajectory_from(Playground(people=2, photos=2, steps=5), places)
    assert (told.loss == 0).all()
    assert (told.active == 0).all()
    assert (told.forces == 0).all()
    assert np.array_equal(told.positions[-1], places)


@pytest.mark.parametrize("loss", ["contrastive", "triplet"])
def test_the_loss_of_a_heap(loss: str) -> None:
    playground = Playground(loss=loss, margin=0.7, steps=1)
    told = trajectory_from(playground, np.zeros((24, 2), np.float32))
    assert told.loss[0] == pytest.approx(0.7 if loss == "triplet" else 0.7**2 / 2)
    assert np.isfinite(told.positions).all()


@pytest.mark.parametrize("tied", [0.0, 0.5, 1.0])
def test_ties_never_turn_a_step_uphill(tied: float) -> None:
    playground = replace(SMALL, tied=tied)
    ties = ties_of(playground, start_of(playground, torch.Generator().manual_seed(0)))
    assert torch.equal(ties, ties.T)
    assert torch.linalg.eigvalsh(ties).min() > -1e-5
    assert ties.sum(1).mean() == pytest.approx(1, rel=1e-5)
    if not tied:
        assert torch.equal(ties, torch.eye(9))


def test_normalised_points_stay_on_the_circle() -> None:
    told = trajectory(replace(SMALL, normalised=True))
    assert np.linalg.norm(told.positions, axis=2) == pytest.approx(1, abs=1e-5)


def test_same_playground_same_trajectory_and_no_global_chance() -> None:
    one = trajectory(replace(SMALL, mining="random"))
    trajectory.cache_clear()
    torch.manual_seed(7)
    two = trajectory(replace(SMALL, mining="random"))
    assert np.array_equal(one.positions, two.positions)
    other = trajectory(replace(SMALL, mining="random", seed=5))
    assert not np.array_equal(one.positions[0], other.positions[0])
    with pytest.raises(ValueError, match="read-only"):
        two.positions[0, 0, 0] = 1  # it is kept for all visitors


def test_a_moved_point_is_where_the_run_starts() -> None:
    places = trajectory(SMALL).positions[7].copy()
    places[2] = [1.5, -1]
    told = trajectory_from(SMALL, places)
    assert told.positions[0] == pytest.approx(places)
    for wrong in (places[:4], np.full_like(places, np.nan)):
        with pytest.raises(ValueError, match="9 points"):
            trajectory_from(SMALL, wrong)


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": "bce"},
        {"mining": "hardest"},
        {"start": "line"},
        {"margin": math.nan},
        {"margin": -1},
        {"people": 1},
        {"photos": 2.5},
        {"lr": 0},
        {"steps": 10**6},
        {"loss": "circle"},  # and not normalised
    ],
    ids=str,
)
def test_nonsense_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no|has to|works on"):
        Playground(**settings)  # type: ignore[arg-type]


def test_slopes_of_circle_loss_are_those_of_autograd() -> None:
    playground = KINDS[2]
    generator = torch.Generator().manual_seed(0)
    places = start_of(playground, generator).double().requires_grad_()
    _, _, _, slope = look(playground, places, playground.labels, generator)
    who = playground.labels
    unit = torch.nn.functional.normalize(places, dim=1)
    s, total = unit @ unit.T, torch.zeros((), dtype=torch.double)
    for i in range(9):
        push = pull = torch.zeros((), dtype=torch.double)
        for j in range(9):
            if i == j:
                continue
            if who[i] == who[j]:
                weight = (1 + 0.25 - s[i, j]).clamp(min=0).detach()
                pull = pull + torch.exp(-GAMMA * weight * (s[i, j] - 0.75))
            else:
                weight = (s[i, j] + 0.25).clamp(min=0).detach()
                push = push + torch.exp(GAMMA * weight * (s[i, j] - 0.25))
        total = total + torch.log1p(push * pull) / 9
    (expected,) = torch.autograd.grad(total, places)
    assert slope * GAMMA == pytest.approx(expected, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_every_setup_ends_as_its_caption_says(setup: Setup, seed: int) -> None:
    assert setup.ends(trajectory(replace(setup.playground, seed=seed)))


def test_setups_that_are_compared_differ_in_one_thing() -> None:
    """Hard and semi-hard, free and normalised, triplet and circle: the same start."""
    by_name = {setup.name: setup.playground for setup in SETUPS}
    assert len(by_name) == len(SETUPS)
    for name in ("Too small", "Too big"):
        assert replace(by_name[name], margin=0.5) == by_name["A good margin"]
    assert replace(by_name["Collapse"], mining="semi-hard") == by_name["Escape"]
    assert replace(by_name["Free plane"], normalised=True) == by_name["Normalised circle"]
    assert by_name["Circle goes on"] == replace(
        by_name["Triplet rests"], loss="circle", margin=0.25
    )


def test_what_is_changed_turns_one_setup_into_the_other() -> None:
    by_name = {setup.name: setup.playground for setup in SETUPS}
    for setup in SETUPS:
        base, told = by_name[setup.beside], changed(setup.playground, by_name[setup.beside])
        assert all(before == getattr(base, name) != after for name, (before, after) in told.items())
        now = {name: after for name, (_, after) in told.items()}
        assert replace(base, **now) == setup.playground


@pytest.mark.parametrize("seed", range(5))
def test_what_the_captions_compare(seed: int) -> None:
    ends = {setup.name: trajectory(replace(setup.playground, seed=seed)) for setup in SETUPS}
    good, small = ends["A good margin"], ends["Too small"]
    rests = [np.argmax(~end.forces.any(1)) for end in (small, good)]
    assert 0 < rests[0] < rests[1]  # 'and sooner'
    assert ends["Too big"].different[-1] > good.different[-1]
    assert ends["Circle goes on"].same[-1] < ends["Triplet rests"].same[-1] / 2
    assert ends["Escape"].different[-1] > 2 * ends["Collapse"].different[-1]
    assert ends["Random triplets"].active[0] > ends["Random triplets"].active[-1]


def test_five_on_a_circle_are_at_most_118_apart() -> None:
    """Neighbours on the regular pentagon; any other five have a nearer pair."""
    assert 2 * math.sin(math.pi / 5) == pytest.approx(1.18, abs=0.005)
