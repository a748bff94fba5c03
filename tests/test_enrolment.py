"""Two thresholds at a door: one distance, one share."""

import numpy as np
import pytest
import torch

from siamese.enrolment import Enrolled, Verdict, verify
from siamese.verifiers import Pictures, Verifier


def plane(pictures: Pictures) -> torch.Tensor:
    """A verifier that can be checked by hand: the first two values of a picture."""
    return torch.tensor(pictures[:, 0, 0, :2].astype(np.float32))


JUDGE = Verifier("plane", "", plane)


def face(x: int, y: int = 0) -> Pictures:
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[0, 0, :2] = x, y
    return picture


def person(name: str, *places: int) -> Enrolled:
    return Enrolled(name, np.stack([face(x) for x in places]))


def test_by_hand() -> None:
    (verdict,) = verify(face(10), [person("ada", 8, 13, 20, 30)], JUDGE, 5, 0.5)
    assert verdict.distances.tolist() == [2, 3, 10, 20]
    assert verdict.matches.tolist() == [True, True, False, False]
    assert verdict.share == 0.5
    assert verdict.opens


@pytest.mark.parametrize(("detection", "verification"), [(3, 0.5), (5, 0.51), (2, 0.01)])
def test_either_threshold_can_shut_the_door(detection: float, verification: float) -> None:
    (verdict,) = verify(face(10), [person("ada", 8, 13, 20, 30)], JUDGE, detection, verification)
    assert not verdict.opens


def test_a_match_is_below_the_threshold_not_at_it() -> None:
    assert not Verdict("ada", np.array([2.0]), 2.0, 0.5).opens
    assert Verdict("ada", np.array([2.0]), 2.1, 0.5).opens


@pytest.mark.parametrize("seed", range(5))
def test_the_wider_each_threshold_the_more_it_lets_in(seed: int) -> None:
    chance = np.random.default_rng(seed)
    distances = chance.random(7)
    shares = [Verdict("x", distances, limit, 0.5).share for limit in np.linspace(0, 1.1, 12)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    opens = [Verdict("x", distances, 0.5, share).opens for share in np.linspace(0.1, 1, 10)]
    assert opens == sorted(opens, reverse=True)


def test_the_likeliest_comes_first() -> None:
    crowd = [person("far", 90, 95), person("half", 11, 60), person("near", 12, 13)]
    verdicts = verify(face(10), crowd, JUDGE, 5, 0.5)
    assert [verdict.name for verdict in verdicts] == ["near", "half", "far"]
    assert [verdict.opens for verdict in verdicts] == [True, True, False]
    tied = [person("b", 50, 60), person("a", 20, 30)]
    assert [verdict.name for verdict in verify(face(10), tied, JUDGE, 1, 1)] == ["a", "b"]


def test_nobody_enrolled_opens_for_nobody() -> None:
    assert verify(face(1), [], JUDGE, 5, 0.5) == []


@pytest.mark.parametrize("share", [0, -0.1, 1.1])
def test_a_share_that_means_nothing(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        verify(face(1), [], JUDGE, 1, share)


def test_embeddings_are_made_once_for_each_judge() -> None:
    calls = []

    def counted(pictures: Pictures) -> torch.Tensor:
        calls.append(len(pictures))
        return plane(pictures)

    ada, verifier = person("ada", 1, 2, 3), Verifier("counted", "", counted)
    for _ in range(3):
        verify(face(1), [ada], verifier, 1, 1)
    assert sorted(calls) == [1, 1, 1, 3]


def test_variants_stand_beside_their_picture() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (2, 16, 16, 3), dtype=np.uint8)
    wider = Enrolled("ada", picture).with_variants(4)
    assert wider.name == "ada"
    assert wider.pictures.shape == (10, 16, 16, 3)
    np.testing.assert_array_equal(wider.pictures[:2], picture)
