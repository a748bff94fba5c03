"""Batches of P people × K pictures."""

import pytest
import torch

from siamese.sampling import people_and_pictures

LABELS = torch.arange(60) // 6  # ten people, six pictures each


def draw(people: int, pictures: int, seed: int = 0, labels: torch.Tensor = LABELS) -> torch.Tensor:
    return people_and_pictures(labels, people, pictures, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("people", "pictures"), [(2, 2), (4, 6), (10, 3)])
@pytest.mark.parametrize("seed", range(5))
def test_p_people_with_k_pictures_each(people: int, pictures: int, seed: int) -> None:
    batch = draw(people, pictures, seed)
    _, counts = LABELS[batch].unique(return_counts=True)
    assert counts.tolist() == [pictures] * people
    assert len(batch.unique()) == people * pictures  # no picture twice


def test_who_has_less_gives_less() -> None:
    labels = torch.tensor([5, 5, 5, 7, 9, 9])
    batch = draw(8, 2, labels=labels)
    assert sorted(labels[batch].tolist()) == [5, 5, 7, 9, 9]


def test_same_seed_same_batch_and_no_other_chance() -> None:
    before = torch.get_rng_state()
    assert torch.equal(draw(4, 3, 1), draw(4, 3, 1))
    assert not torch.equal(draw(4, 3, 1), draw(4, 3, 2))
    assert torch.equal(torch.get_rng_state(), before)


def test_everybody_is_drawn_equally_often() -> None:
    """However many pictures a person has: chance picks people, then pictures."""
    labels = torch.tensor([0] * 50 + [1] * 5 + [2] * 5 + [3] * 5)
    generator = torch.Generator().manual_seed(0)
    drawn = torch.cat([people_and_pictures(labels, 2, 2, generator) for _ in range(1000)])
    people = torch.bincount(labels[drawn]) / len(drawn)
    assert torch.allclose(people, torch.full((4,), 0.25), atol=0.03)
    pictures = torch.bincount(drawn, minlength=65)[:50].float()
    assert pictures.min() > 0  # all fifty of the first


def test_order_of_the_pictures_does_not_matter() -> None:
    shuffled = LABELS[torch.randperm(60, generator=torch.Generator().manual_seed(5))]
    _, counts = shuffled[draw(5, 4, labels=shuffled)].unique(return_counts=True)
    assert counts.tolist() == [4] * 5


@pytest.mark.parametrize("seed", range(5))
def test_singles_come_on_top_of_people_with_more(seed: int) -> None:
    labels = torch.cat([torch.arange(6).repeat_interleave(3), torch.arange(6, 40)])
    batch = people_and_pictures(labels, 4, 2, torch.Generator().manual_seed(seed), singles=5)
    names, counts = labels[batch].unique(return_counts=True)
    assert counts.tolist() == [2] * 4 + [1] * 5
    assert (names[:4] < 6).all()
    assert (names[4:] >= 6).all()


def test_without_single_people_there_are_none_to_draw() -> None:
    batch = people_and_pictures(LABELS, 3, 2, torch.Generator().manual_seed(0), singles=9)
    assert len(batch) == 6


def test_beside_singles_people_are_drawn_by_the_number_of_their_pictures() -> None:
    labels = torch.tensor([0] * 30 + [1] * 20 + [2] * 10 + [3] * 2 + [4, 5, 6])
    generator = torch.Generator().manual_seed(0)
    first = [
        people_and_pictures(labels, 1, 2, generator, 1, picture_weight=1)[0] for _ in range(3000)
    ]
    share = torch.bincount(labels[torch.stack(first)], minlength=7) / len(first)
    expected = torch.tensor([30, 20, 10, 2, 0, 0, 0]) / 62
    assert torch.allclose(share, expected, atol=0.03)


def test_there_may_be_fewer_people_than_asked_for() -> None:
    labels = torch.tensor([0, 0, 1, 1, 2, 3])
    batch = people_and_pictures(labels, 8, 2, torch.Generator().manual_seed(0), singles=9)
    assert sorted(batch.tolist()) == [0, 1, 2, 3, 4, 5]
    nobody = torch.arange(5)
    assert len(people_and_pictures(nobody, 8, 2, torch.Generator().manual_seed(0), singles=9)) == 5
