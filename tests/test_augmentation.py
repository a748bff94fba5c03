"""Augmented pictures: other photographs of the same people."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from siamese import augmentation
from siamese.augmentation import affine, augment, erase, flip, light
from siamese.datasets import load
from siamese.detection import CLOSE

Change = Callable[[Tensor, torch.Generator], Tensor]


def of_strangers(change: Callable[[Tensor, Tensor, torch.Generator], Tensor]) -> Change:
    """The change on a batch in which each picture shows somebody else."""
    return lambda pictures, lot: change(pictures, torch.arange(len(pictures)), lot)


flip_each, affine_each = of_strangers(flip), of_strangers(affine)
CHANGES: dict[str, Change] = {
    "flip": flip_each,
    "affine": affine_each,
    "light": light,
    "erase": erase,
    "augment": of_strangers(augment),
}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pictures() -> Tensor:
    """Smooth pictures, as faces are: 24 of them, three channels, not square."""
    coarse = torch.rand(24, 3, 6, 7, generator=generator(9))
    return torch.nn.functional.interpolate(coarse, (40, 44), mode="bicubic").clamp(0, 1)


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest) -> Change:
    return CHANGES[request.param]


def test_shape_type_and_range_stay(change: Change, pictures: Tensor) -> None:
    changed = change(pictures, generator())
    assert changed.shape == pictures.shape
    assert changed.dtype == torch.float32
    assert changed.min() >= 0
    assert changed.max() <= 1


def test_same_seed_same_pictures(change: Change, pictures: Tensor) -> None:
    before, original = torch.get_rng_state(), pictures.clone()
    assert torch.equal(change(pictures, generator(1)), change(pictures, generator(1)))
    assert not torch.equal(change(pictures, generator(1)), change(pictures, generator(2)))
    assert torch.equal(torch.get_rng_state(), before)  # the global generator is left alone
    assert torch.equal(pictures, original)  # and so is the batch


def test_each_picture_has_its_own_draw(change: Change, pictures: Tensor) -> None:
    alike = pictures[:1].expand(24, -1, -1, -1)
    changed = change(alike, generator())
    assert len({tuple(one.flatten().tolist()) for one in changed}) > (
        1 if change is flip_each else 8
    )


def test_flipping_twice_is_not_flipping(pictures: Tensor) -> None:
    once = flip_each(pictures, generator())
    assert torch.equal(
        flip_each(once, generator()), pictures
    )  # the same lot: the same ones turned back
    turned = (once != pictures).flatten(1).any(1)
    assert torch.equal(once[turned], pictures[turned].flip(-1))
    assert 4 <= turned.sum() <= 20


def test_without_range_nothing_moves(pictures: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TURN", "ZOOM", "SHIFT", "STRETCH", "LIGHT", "GRADIENT", "ERASED"):
        monkeypatch.setattr(augmentation, name, 0.0)
    for change in (affine_each, light, erase):
        assert torch.allclose(change(pictures, generator()), pictures, atol=1e-5)


def test_turning_keeps_the_length_of_a_square(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter turn, and nothing else, moves what is on the right to the top or the bottom."""
    for name in ("ZOOM", "SHIFT", "STRETCH"):
        monkeypatch.setattr(augmentation, name, 0.0)
    monkeypatch.setattr(augmentation, "TURN", 90.0)
    monkeypatch.setattr(augmentation, "spread", lambda count, generator: torch.ones(count))
    picture = torch.rand(1, 1, 32, 32, generator=generator())
    turned = affine_each(picture, generator())
    quarter = [picture.rot90(times, (2, 3)) for times in (1, 3)]
    assert any(torch.allclose(turned, one, atol=1e-4) for one in quarter)


def test_a_head_turns_about_its_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is fetched for a place is what a turn in space brings there: no more than a pixel of 64
    off, where a face is in the picture."""
    y, x = torch.meshgrid(torch.linspace(-0.4, 0.6, 9), torch.linspace(-0.5, 0.5, 9), indexing="ij")
    for yaw, pitch in ((10.0, 0.0), (-10.0, 0.0), (0.0, 7.0), (0.0, -7.0)):
        monkeypatch.setattr(augmentation, "YAW", yaw)
        monkeypatch.setattr(augmentation, "PITCH", pitch)
        monkeypatch.setattr(torch, "randn", lambda *shape, generator: torch.ones(shape))
        a, b = np.radians(yaw), np.radians(pitch)
        z = augmentation.relief(x, y)
        seen_x, seen_y = x * np.cos(a) + z * np.sin(a), y * np.cos(b) + z * np.sin(b)
        found = augmentation.turned(seen_x[None], seen_y[None], generator())
        for from_where, place in zip(found, (x, y), strict=True):
            assert (from_where[0] - place).abs().max() < 2 / 64
        assert max((seen_x - x).abs().max(), (seen_y - y).abs().max()) > 2 / 64  # it does move


def test_eyes_and_mouth_stay_where_they_are_aligned() -> None:
    x, y = (2 * torch.tensor(CLOSE, dtype=torch.float32) - 1).T
    flat = augmentation.relief(x, y)
    assert flat[[0, 1, 3, 4]].abs().max() < 0.1
    assert flat[2] > 0.3  # the nose


def test_a_person_is_mirrored_and_stretched_as_a_whole(
    pictures: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TURN", "ZOOM", "SHIFT"):
        monkeypatch.setattr(augmentation, name, 0.0)
    people = torch.arange(24) // 4
    alike = pictures[::4].repeat_interleave(4, 0)  # six people, four equal pictures of each
    changed = affine(flip(alike, people, generator()), people, generator())
    assert torch.allclose(changed, changed[::4].repeat_interleave(4, 0), atol=1e-5)
    assert not torch.allclose(changed, alike, atol=1e-2)


def test_erasing_paints_one_box_on_about_half(pictures: Tensor) -> None:
    changed = (erase(pictures + 2, generator()) == 0.5).any(1)  # nothing else is 0.5
    boxes = [one.nonzero() for one in changed if one.any()]
    assert 3 <= len(boxes) <= 18
    for box in boxes:
        sides = box.max(0).values - box.min(0).values + 1
        assert sides.prod() == len(box)  # full, so a box
        assert sides.max() <= augmentation.ERASED * 44 + 1


def test_the_person_is_not_lost(pictures: Tensor) -> None:
    """Unflipped and unpainted, a picture is still most like itself."""
    changed = light(affine_each(pictures, generator()), generator())
    flat, original = (p.flatten(1) - p.flatten(1).mean(1, True) for p in (changed, pictures))
    likeness = torch.nn.functional.normalize(flat) @ torch.nn.functional.normalize(original).T
    assert torch.equal(likeness.argmax(1), torch.arange(24))
    assert likeness.diagonal().mean() > 0.7


@pytest.fixture(scope="module")
def portrait() -> NDArray[np.uint8]:
    return load("sample_faces").pictures[0]


def test_variants_are_many_and_of_one_face(portrait: NDArray[np.uint8]) -> None:
    made = augmentation.variants(portrait, 9, torch.Generator().manual_seed(0))
    assert made.shape == (9, *portrait.shape)
    assert len(np.unique(made.reshape(9, -1), axis=0)) == 9
    for variant in made.astype(float):
        both = (variant, variant[:, ::-1])
        likeness = [np.corrcoef(one.ravel(), portrait.ravel())[0, 1] for one in both]
        assert max(likeness) > 0.97  # the same picture, straight or in the mirror


def test_variants_hold_the_limits_of_the_tutorial(portrait: NDArray[np.uint8]) -> None:
    made = augmentation.variants(portrait, 40, torch.Generator().manual_seed(1)) / 255.0
    before = portrait / 255.0
    contrast = made.std((1, 2, 3)) / before.std()
    assert contrast.min() > augmentation.CONTRAST[0] - 0.03
    assert contrast.max() < augmentation.CONTRAST[1] + 0.03
    assert np.abs(made.mean((1, 2, 3)) - before.mean()).max() < augmentation.BRIGHTER + 0.01
    colour = (made.max(-1) - made.min(-1)).mean((1, 2)) / contrast
    assert (colour / (before.max(-1) - before.min(-1)).mean()).max() < 1.1


def test_the_same_seed_makes_the_same_variants(portrait: NDArray[np.uint8]) -> None:
    one, two = (
        augmentation.variants(portrait, 3, torch.Generator().manual_seed(4)) for _ in range(2)
    )
    np.testing.assert_array_equal(one, two)


def test_affine_takes_pixels_from_where_torch_would() -> None:
    pictures = torch.rand(5, 1, 24, 32, generator=generator())
    labels = torch.tensor([0, 0, 1, 1, 2])
    changed = affine(pictures, labels, torch.Generator().manual_seed(3))
    lot = torch.Generator().manual_seed(3)
    turn = torch.deg2rad(augmentation.TURN * augmentation.spread(5, lot))
    zoom = 1 + augmentation.ZOOM * augmentation.spread(5, lot)
    stretch = 1 + augmentation.STRETCH * augmentation.for_each_person(labels, lot)
    x = 2 * augmentation.SHIFT * augmentation.spread(5, lot)
    y = 2 * augmentation.SHIFT * augmentation.spread(5, lot)
    cos, sin = zoom * turn.cos(), zoom * turn.sin()
    matrix = torch.stack([cos * stretch, -sin, x, sin, cos / stretch, y], 1).view(5, 2, 3)
    grid = torch.nn.functional.affine_grid(matrix, [5, 1, 24, 32], align_corners=False)
    expected = torch.nn.functional.grid_sample(
        pictures, grid, padding_mode="border", align_corners=False
    )
    torch.testing.assert_close(changed, expected, atol=1e-5, rtol=0)


def test_bad_cameras_blur_some_and_stay_in_range() -> None:
    pictures = torch.rand(64, 1, 64, 64, generator=generator())
    worse = augmentation.worsen(pictures, generator(2))
    assert worse.shape == pictures.shape
    assert worse.min() >= 0
    assert worse.max() <= 1
    fine = (worse - torch.nn.functional.avg_pool2d(worse, 5, 1, 2)).std((1, 2, 3))
    assert 4 < (fine < 0.5 * fine.median()).sum() < 32  # about a quarter has lost its detail
    torch.testing.assert_close(worse, augmentation.worsen(pictures, generator(2)))


def test_harsh_is_harsher() -> None:
    pictures, labels = torch.rand(16, 1, 32, 32, generator=generator()), torch.arange(16) // 2
    mild = augment(pictures, labels, generator(1))
    strong_augmentation = augment(pictures, labels, generator(1), strong_augmentation=True)
    assert not torch.equal(mild, strong_augmentation)


def test_a_blended_person_remains_one_person(pictures: Tensor) -> None:
    """All pictures of a person have the same partner and share; half of the people stay pure."""
    labels = torch.arange(24) // 4
    flat = (labels.float() / 10)[:, None, None, None].expand_as(pictures)  # a grey for each person
    found = set()
    for seed in range(40):
        mixed = augmentation.blend(flat, labels, generator(seed))[:, 0, 0, 0].view(6, 4)
        assert torch.allclose(mixed, mixed[:, :1].expand(6, 4))
        moved = (mixed[:, 0] - labels[::4] / 10).abs() > 1e-6
        found |= set(moved.sum(0, keepdim=True).tolist())
        assert (mixed[:, 0] - labels[::4] / 10).abs().max() <= 0.5 * augmentation.BLENDED + 1e-6
    assert min(found) <= 2
    assert max(found) >= 3


def test_blending_is_a_choice_and_part_of_the_strong_way(pictures: Tensor) -> None:
    """Without it nobody gets anything of somebody else; with it about half of the people do."""
    flat = (torch.arange(24) // 4 / 10)[:, None, None, None].expand(24, 1, 32, 32).contiguous()
    labels, moved = torch.arange(24) // 4, {}
    for name, choice in (("no", (False, False)), ("blending", (False, True)), ("strong", (True,))):
        seen = []
        with pytest.MonkeyPatch.context() as patch:
            for change in ("affine", "light", "erase", "worsen"):
                patch.setattr(augmentation, change, lambda pictures, *_: pictures)
            for seed in range(40):
                changed = augment(flat, labels, generator(seed), *choice)
                seen.append(((changed - flat).abs().amax((1, 2, 3)) > 1e-6).float().mean())
        moved[name] = float(torch.stack(seen).mean())
    assert moved["no"] == 0
    assert moved["blending"] == moved["strong"]
    assert 0.25 < moved["blending"] < 0.55  # half of them, some with themselves


def test_a_blend_takes_different_pictures_of_the_partner(pictures: Tensor) -> None:
    labels = torch.arange(24) // 12
    number = torch.arange(24).float()[:, None, None, None].expand_as(pictures)
    shift = augmentation.blend(number, labels, generator(3))[:, 0, 0, 0] - torch.arange(24)
    assert len(shift.unique()) > 4
    assert torch.equal(
        augmentation.blend(pictures, labels, generator(3)),
        augmentation.blend(pictures, labels, generator(3)),
    )
