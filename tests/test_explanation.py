"""Occlusion: against covering one place at a time, and with verifiers whose reasons are known."""

import numpy as np
import pytest
import torch
from torch import Tensor

from siamese import checkpoints
from siamese.config import preset
from siamese.datasets import load
from siamese.explanation import occlusion, overlaid, squares
from siamese.training import start
from siamese.verifiers import Pictures, Verifier, of_checkpoint, of_pixels, of_state

SIDE = 24


def crops(seed: int, side: int = SIDE) -> Pictures:
    return np.random.default_rng(seed).integers(0, 256, (2, side, side, 3), dtype=np.uint8)


def looks_at(rows: slice, columns: slice) -> Verifier:
    """A verifier that sees one place of a picture and nothing else."""

    def look(faces: Pictures) -> Tensor:
        return torch.tensor(faces[:, rows, columns].reshape(len(faces), -1) / 255.0).float()

    return Verifier("keyhole", "", look)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_covering_one_place_at_a_time_gives(seed: int) -> None:
    verifier, (a, b) = of_pixels(), crops(seed)
    told = occlusion(verifier, a, b, places=6, cover=0.25)

    def distance(one: Pictures, other: Pictures) -> float:
        codes = verifier.embed(np.stack([one, other]))
        return float(verifier.matrix(codes[:1], codes[1:]).item())

    plain = distance(a, b)
    assert told.distance == pytest.approx(plain, abs=1e-5)
    for side, (face, other) in enumerate(((a, b), (b, a))):
        total, times = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE))
        for row in range(6):
            for column in range(6):
                down, across = 4 * row + 2, 4 * column + 2  # the middle of the cover
                mask = np.zeros((SIDE, SIDE), bool)
                mask[max(0, down - 3) : down + 3, max(0, across - 3) : across + 3] = True
                covered = face.copy()
                covered[mask] = face.mean((0, 1)).round()
                off = np.abs(np.arange(SIDE) + 0.5 - np.array([[down], [across]])) / 3
                tent = np.where(off < 1, np.maximum(1 - off, 0.02), 0)
                weight = np.outer(*tent)
                assert ((weight > 0) == mask).all()
                total += weight * (distance(covered, other) - plain)
                times += weight
        np.testing.assert_allclose(told.change[side], total / times, atol=1e-5)


def test_turned_round_it_is_the_same() -> None:
    a, b = crops(0)
    one, other = occlusion(of_pixels(), a, b), occlusion(of_pixels(), b, a)
    np.testing.assert_allclose(one.change, other.change[::-1], atol=1e-6)


def test_only_the_place_that_is_looked_at_can_matter() -> None:
    rows, columns = slice(4, 8), slice(14, 20)
    told = occlusion(looks_at(rows, columns), *crops(1), places=12, cover=0.1)
    near = np.zeros((SIDE, SIDE), bool)
    near[2:10, 12:22] = True  # as far as a cover that touches the place may reach
    assert np.abs(told.change[:, ~near]).max() < 1e-9
    assert np.abs(told.change[:, rows, columns]).min() > 0


def test_a_difference_that_is_covered_is_gone() -> None:
    """One black spot tells two white pictures apart: without it they come closer."""
    a = np.full((SIDE, SIDE, 3), 255, np.uint8)
    b = a.copy()
    b[5:9, 5:9] = 0
    told = occlusion(of_pixels(), a, b)
    assert told.change[1, 5:9, 5:9].max() < -0.1 * told.distance
    assert told.change[1].argmin() == np.abs(told.change).argmax() - SIDE * SIDE
    assert overlaid(b, told.change[1], told.reach)[7, 7].argmax() == 0  # the spot is orange


def test_covering_one_of_two_equal_pictures_can_only_part_them() -> None:
    a, _ = crops(2)
    told = occlusion(of_pixels(), a, a)
    assert told.distance == 0
    assert (told.change >= 0).all()
    assert told.reach > 0


def test_it_works_with_the_shipped_net_on_its_people() -> None:
    faces = load("sample_faces").pictures[:2]
    told = occlusion(of_checkpoint(checkpoints.load(checkpoints.shipped()), "", ""), *faces)
    assert told.change.shape == (2, 112, 112)
    inside = np.abs(told.change[:, 28:84, 28:84]).mean()
    edge = np.abs(told.change[:, [0, 1, -2, -1]]).mean()
    assert inside > 2 * edge  # the face counts, the backdrop hardly


def test_an_aligned_net_is_asked_about_the_face_that_it_sees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Covers lie on the aligned face, which is found once and not under each cover."""
    calls = []

    def close(pictures: Pictures) -> Pictures:
        calls.append(len(pictures))
        return np.ascontiguousarray(pictures[:, ::-1])

    monkeypatch.setattr("siamese.detection.close", close)
    verifier = of_state(start(preset("circle", "starter")), None, "", "")
    a, b = crops(3, 32)
    told = occlusion(verifier, a, b, places=5, cover=0.3)
    assert calls == [2]
    assert (told.faces[0] == a[::-1]).all()
    codes = verifier.embed(np.stack([a, b]))
    assert told.distance == pytest.approx(verifier.matrix(codes[:1], codes[1:]).item(), abs=1e-5)


@pytest.mark.parametrize("places", [1, 5, 12])
def test_covers_leave_no_gap(places: int) -> None:
    covers = squares(30, 41, places, 1 / places)
    assert covers.shape == (places**2, 30, 41)
    assert (covers.max(0) > 0).all()
    assert covers.max() <= 1


@pytest.mark.parametrize(("places", "cover"), [(0, 0.5), (4, 0.0), (4, 1.5), (3, 0.2)])
def test_covers_that_make_no_sense_are_refused(places: int, cover: float) -> None:
    with pytest.raises(ValueError, match="cover"):
        squares(10, 10, places, cover)


def test_a_map_is_laid_over_in_two_colours() -> None:
    face = np.full((1, 3, 3), 100, np.uint8)
    apart, nothing, together = overlaid(face, np.array([[-1.0, 0.0, 0.5]]), 1.0)[0].astype(int)
    assert nothing.tolist() == [100, 100, 100]
    assert apart[0] > apart[1] > apart[2]  # orange
    assert together[1] > together[0]  # teal
    assert abs(apart - 100).sum() > abs(together - 100).sum()  # half as strong
    assert (overlaid(face, np.zeros((1, 3)), 0.0) == 100).all()
