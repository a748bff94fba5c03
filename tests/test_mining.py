"""Miners against loops that a first-year student would write."""

import itertools

import pytest
import torch
from torch import Tensor

from siamese import mining
from siamese.mining import MINERS

BATCHES = {
    "two of each": [0, 0, 1, 1, 2, 2],
    "mixed order": [2, 0, 1, 0, 2, 1, 0],
    "some have one picture": [0, 0, 1, 2, 2, 3],
    "nobody has two": [0, 1, 2, 3],
    "one person": [4, 4, 4],
    "one picture": [7],
}


def distances(count: int, seed: int, levels: int | None = None) -> Tensor:
    """A symmetric matrix; with `levels` so few different values that there are many ties."""
    drawn = torch.rand(count, count, generator=torch.Generator().manual_seed(seed)) * 2
    if levels:
        drawn = (drawn * levels / 2).floor() / levels
    return (drawn + drawn.T) * (1 - torch.eye(count)) / 2


def mined(name: str, distance: Tensor, labels: Tensor, seed: int = 0) -> set[tuple[int, ...]]:
    found = MINERS[name](distance, labels, torch.Generator().manual_seed(seed))
    assert found.shape == (len(found), 3)
    assert found.dtype == torch.int64
    rows = [tuple(row) for row in found.tolist()]
    assert len(set(rows)) == len(rows)  # none twice
    return set(rows)


def loop(labels: Tensor) -> set[tuple[int, ...]]:
    numbers = range(len(labels))
    return {
        (a, p, n)
        for a, p, n in itertools.product(numbers, repeat=3)
        if a != p and labels[a] == labels[p] and labels[a] != labels[n]
    }


@pytest.fixture(params=BATCHES)
def labels(request: pytest.FixtureRequest) -> Tensor:
    return torch.tensor(BATCHES[request.param])


def test_masks_and_pairs(labels: Tensor) -> None:
    same, different = mining.same_and_different(labels)
    i, j, is_same = mining.all_pairs(labels)
    numbers = range(len(labels))
    expected = [(a, b, bool(labels[a] == labels[b])) for a in numbers for b in numbers if a < b]
    assert list(zip(i.tolist(), j.tolist(), is_same.tolist(), strict=True)) == expected
    for a, b in itertools.product(numbers, repeat=2):
        assert bool(same[a, b]) == (a != b and bool(labels[a] == labels[b]))
        assert bool(different[a, b]) == bool(labels[a] != labels[b])


def test_all_triplets(labels: Tensor) -> None:
    assert mined("all", distances(len(labels), 0), labels) == loop(labels)


@pytest.mark.parametrize("levels", [None, 3])
@pytest.mark.parametrize("seed", range(5))
def test_hard_triplets(labels: Tensor, seed: int, levels: int | None) -> None:
    distance, possible = distances(len(labels), seed, levels), loop(labels)
    found = mined("hard", distance, labels)
    assert found <= possible
    assert sorted(a for a, _, _ in found) == sorted({a for a, _, _ in possible})  # each anchor once
    for a, p, n in found:
        own = [(q, m) for b, q, m in possible if b == a]
        assert distance[a, p] == max(distance[a, q] for q, _ in own)
        assert distance[a, n] == min(distance[a, m] for _, m in own)


@pytest.mark.parametrize("levels", [None, 3])
@pytest.mark.parametrize("seed", range(5))
def test_semi_hard_triplets(labels: Tensor, seed: int, levels: int | None) -> None:
    distance, possible = distances(len(labels), seed, levels), loop(labels)
    found = mined("semi-hard", distance, labels)
    assert found <= possible
    pairs = sorted((a, p) for a, p, _ in found)
    assert pairs == sorted({(a, p) for a, p, _ in possible})  # each anchor and partner once
    for a, p, n in found:
        strangers = [float(distance[a, m]) for b, q, m in possible if (b, q) == (a, p)]
        beyond = [d for d in strangers if d > distance[a, p]]
        assert distance[a, n] == (min(beyond) if beyond else max(strangers))


@pytest.mark.parametrize("seed", range(5))
def test_random_triplets(labels: Tensor, seed: int) -> None:
    distance, possible = distances(len(labels), 0), loop(labels)
    found = mined("random", distance, labels, seed)
    assert found <= possible
    assert sorted(a for a, _, _ in found) == sorted({a for a, _, _ in possible})
    assert mined("random", distance, labels, seed) == found  # same seed, same lot


def test_random_triplets_reach_everything() -> None:
    labels = torch.tensor(BATCHES["two of each"])
    drawn = [mined("random", distances(6, 0), labels, seed) for seed in range(60)]
    assert set.union(*drawn) == loop(labels)


@pytest.mark.parametrize("name", MINERS)
def test_no_triplet_where_there_is_none(name: str) -> None:
    for case in ("nobody has two", "one person", "one picture"):
        labels = torch.tensor(BATCHES[case])
        assert mined(name, distances(len(labels), 0), labels) == set()


@pytest.mark.parametrize("name", ["all", "hard", "semi-hard"])
@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_pictures_does_not_matter(name: str, seed: int) -> None:
    labels, distance = torch.tensor(BATCHES["mixed order"]), distances(7, seed)
    order = torch.randperm(7, generator=torch.Generator().manual_seed(seed))
    found = mined(name, distance[order][:, order], labels[order])
    assert {tuple(order[list(row)].tolist()) for row in found} == mined(name, distance, labels)


@pytest.mark.parametrize("name", MINERS)
def test_names_of_people_do_not_matter(name: str) -> None:
    labels, distance = torch.tensor(BATCHES["mixed order"]), distances(7, 1)
    assert mined(name, distance, 1000 - 7 * labels) == mined(name, distance, labels)


def test_pairs_of_triplets_are_half_and_half() -> None:
    labels, distance = torch.tensor(BATCHES["mixed order"]), distances(7, 1)
    triplets = MINERS["hard"](distance, labels, torch.Generator())
    i, j, is_same = mining.pairs_of(triplets)
    assert torch.equal(is_same, labels[i] == labels[j])
    assert is_same.float().mean() == 0.5
    assert len(i) == 2 * len(triplets)


def test_equal_distances_are_no_semi_hard_pair() -> None:
    """A collapsed batch: no stranger is further than the same person, so any one will do."""
    labels = torch.tensor(BATCHES["two of each"])
    assert len(mined("semi-hard", torch.zeros(6, 6), labels)) == 6
