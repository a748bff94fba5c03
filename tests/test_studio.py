"""The face studio's method: people and scenes on sliders, links, sweeps, strangers, effects."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from siamese import studio
from siamese.rendering import (
    Control,
    Identity,
    Scene,
    controls,
    random_identity,
    random_scene,
    render,
)
from siamese.studio import NUISANCES, PLAIN, Nuisance, Shot
from siamese.verifiers import Verifier


def grey(pictures: np.ndarray) -> Tensor:
    """Mean grey level of each quarter, (N, 4): a verifier that a loop can follow."""
    n, side = len(pictures), pictures.shape[1]
    blocks = pictures.reshape(n, 2, side // 2, 2, side // 2, 3).mean((2, 4, 5)) / 255
    return torch.tensor(blocks.reshape(n, 4), dtype=torch.float32)


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    known = np.array([0.1, 0.2], np.float32)
    return Verifier("grey", "", grey, same=known, different=known + 0.3, threshold=0.25)


@pytest.fixture(scope="module")
def shot() -> Shot:
    return Shot(studio.person(8001))


# -- sliders and links -----------------------------------------------------------------------------


def test_no_field_is_both_who_and_how() -> None:
    assert not set(controls(Identity)) & set(controls(Scene))


@pytest.mark.parametrize("kind", [Identity, Scene])
def test_every_slider_has_a_handy_number_of_steps_and_both_its_ends(kind: type) -> None:
    for name, control in controls(kind).items():
        if not control.choices:
            steps = (control.high - control.low) / studio.step(control)
            assert steps == pytest.approx(round(steps)), name
            assert 6 <= round(steps) <= 180, name


@pytest.mark.parametrize("seed", range(12))
def test_a_person_on_sliders_stands_on_their_steps_beside_the_drawn_one(seed: int) -> None:
    drawn, made = random_identity(seed), studio.person(seed)
    assert made.seed == seed
    for name, control in controls(Identity).items():
        value, other = getattr(made, name), getattr(drawn, name)
        if control.choices or isinstance(other, int):
            assert value == other
            continue
        width = studio.step(control)
        assert control.low <= value <= control.high
        assert abs(value - other) <= width / 2 + 1e-9
        assert (value - control.low) / width == pytest.approx(round((value - control.low) / width))


def test_a_person_on_sliders_is_hardly_to_be_told_from_the_drawn_one() -> None:
    """Rounding changes a photo less than a turn of the head by three degrees."""
    for seed in range(4):
        own, other = random_identity(seed), studio.person(seed)
        first, rounded, turned = (
            np.asarray(render(who, scene, 64), float)
            for who, scene in ((own, PLAIN), (other, PLAIN), (own, replace(PLAIN, yaw=3.0)))
        )
        assert np.abs(first - rounded).mean() < np.abs(first - turned).mean()


def test_any_scene_keeps_the_backdrop_and_what_photos_usually_show() -> None:
    for seed in range(50):
        scene = studio.any_scene(seed)
        assert scene.seed == PLAIN.seed
        for nuisance in NUISANCES:
            low, high = nuisance.usual
            width = studio.step(controls(Scene)[nuisance.field])
            value = getattr(scene, nuisance.field)
            assert low - width / 2 - 1e-9 <= value <= high + width / 2 + 1e-9


def test_a_shot_survives_its_link() -> None:
    rng = np.random.default_rng(0)
    for seed in range(30):
        base = Shot(studio.person(seed))
        who = replace(
            base.who,
            hairstyle=str(rng.choice(controls(Identity)["hairstyle"].choices)),
            nose_width=round(float(rng.uniform(-2, 2)), 1),
            moles=int(rng.integers(7)),
        )
        now = Shot(who, studio.any_scene(seed))
        assert studio.read(studio.written(now, base), base) == now


def test_what_is_not_moved_is_not_in_the_link(shot: Shot) -> None:
    assert studio.written(shot, shot) == ""
    now = Shot(replace(shot.who, hairstyle="side part"), replace(PLAIN, yaw=20.0))
    assert studio.written(now, shot) == "hairstyle:side_part,yaw:20"
    assert studio.changes(now.who, shot.who) == {"hairstyle": "side part"}
    assert studio.changes(now.scene, shot.scene) == {"yaw": 20.0}


@pytest.mark.parametrize(
    "text",
    ["yaw", "yaw:90", "yaw:nan", "yaw:left", "hairstyle:mohawk", "seed:4", "x:1", ":", "moles:1.5"],
)
def test_a_link_to_nothing_is_said_in_a_sentence(shot: Shot, text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        studio.read(text, shot)


def test_portraits_are_those_of_the_person_in_scenes_by_chance(shot: Shot) -> None:
    shown = studio.portraits(shot.who, 3, seed=77)
    assert shown.shape == (3, 112, 112, 3)
    for number, picture in enumerate(shown):
        expected = np.asarray(render(shot.who, random_scene(77 + number), 112))
        np.testing.assert_array_equal(picture, expected)


def test_a_kept_picture_cannot_be_changed(shot: Shot) -> None:
    with pytest.raises(ValueError, match="read-only"):
        shot.picture(32)[0] = 0


def test_what_a_person_can_change_is_not_who_it_is(shot: Shot) -> None:
    who = shot.who
    other = replace(
        who, hairstyle="afro", beard="full", age=80.0, fullness=2.0, hair_colour="blond"
    )
    assert studio.altered(other, who) == studio.altered(who, who) == 0
    assert set(controls(Identity)) > studio.CHANGEABLE
    nose = replace(who, nose_width=0.0)
    assert 0 < studio.altered(replace(nose, nose_width=0.1), nose) < 0.2
    assert studio.altered(replace(nose, nose_width=2.0), nose) > 1
    eyes = next(c for c in ("blue", "brown") if c != who.eye_colour)
    assert studio.altered(replace(who, eye_colour=eyes), who) == 1


def test_two_people_are_far_more_than_one_trait_apart() -> None:
    people = [studio.person(seed) for seed in range(20)]
    assert min(studio.altered(a, b) for a in people for b in people if a is not b) > 2


# -- nuisances -------------------------------------------------------------------------------------


@pytest.mark.parametrize("nuisance", NUISANCES, ids=lambda one: one.label)
def test_what_is_usual_is_what_the_built_in_photos_show(nuisance: Nuisance) -> None:
    """Nothing lies outside, and both ends are nearly reached."""
    values = [getattr(random_scene(seed), nuisance.field) for seed in range(1500)]
    low, high = nuisance.usual
    assert low - 1e-9 <= min(values)
    assert max(values) <= high + 1e-9
    assert max(values) - min(values) > 0.85 * (high - low)


@pytest.mark.parametrize("nuisance", NUISANCES, ids=lambda one: one.label)
def test_a_nuisance_moves_one_thing_within_its_slider(nuisance: Nuisance) -> None:
    control: Control = controls(Scene)[nuisance.field]
    assert control.low <= nuisance.low < nuisance.high <= control.high
    assert nuisance.low <= nuisance.usual[0] < nuisance.usual[1] <= nuisance.high
    values, scenes = nuisance.scenes(7)
    assert list(values) == sorted(values)
    assert (values[0], values[-1]) == (nuisance.low, nuisance.high)
    for value, scene in zip(values, scenes, strict=True):
        assert studio.changes(scene, PLAIN) in ({nuisance.field: value}, {})


# -- distances -------------------------------------------------------------------------------------


def test_relative_distances_are_those_of_a_loop(verifier: Verifier) -> None:
    rng = np.random.default_rng(3)
    pictures = rng.integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)
    codes = grey(pictures).numpy().astype(float)
    expected = [np.sqrt(((code - codes[0]) ** 2).sum()) / 0.25 for code in codes[1:]]
    np.testing.assert_allclose(
        studio.relative(verifier, pictures[0], pictures[1:]), expected, atol=1e-5
    )
    plain = studio.distances(grey, pictures[0], pictures[1:])
    np.testing.assert_allclose(plain / 0.25, expected, atol=1e-6)


def test_the_nearest_are_those_of_a_sort(verifier: Verifier) -> None:
    rng = np.random.default_rng(4)
    codes = torch.tensor(rng.normal(size=(40, 3)), dtype=torch.float32)
    code = torch.tensor(rng.normal(size=(1, 3)), dtype=torch.float32)
    rows, far = studio.nearest(verifier, codes, code, 5)
    by_hand = sorted((float((one - code[0]).norm()), row) for row, one in enumerate(codes))[:5]
    assert rows == [row for _, row in by_hand]
    np.testing.assert_allclose(far, [distance for distance, _ in by_hand], atol=1e-5)


def test_all_are_shown_where_there_are_few(verifier: Verifier) -> None:
    rows, far = studio.nearest(verifier, torch.zeros(2, 3), torch.ones(1, 3))
    assert rows == [0, 1]
    assert len(far) == 2


# -- strangers -------------------------------------------------------------------------------------


def test_a_blend_leads_from_one_person_to_the_other() -> None:
    a, b = random_identity(5), random_identity(7001)
    assert studio.blend(a, b, 0.0) == a
    assert studio.blend(a, b, 1.0) == b
    half = studio.blend(a, b, 0.25)
    assert half.nose_width == pytest.approx(0.75 * a.nose_width + 0.25 * b.nose_width)
    assert (half.hairstyle, half.seed) == (a.hairstyle, a.seed)
    assert studio.blend(a, b, 0.75).hairstyle == b.hairstyle


def test_this_blend_once_divided_by_zero() -> None:
    """Warnings are errors here: lashes had a thickness of 0 where nobody sees them."""
    render(studio.blend(random_identity(5), random_identity(7001), 0.25), PLAIN, 64)


def test_along_a_way_the_first_place_that_is_far_enough_counts() -> None:
    pixels = np.array([0.0, 1.0, 3.0, 2.0, 5.0])
    values = np.array([0.0, 10.0, 20.0, 30.0, 40.0])
    wanted = np.array([0.0, 0.5, 2.0, 3.0, 4.0, 5.0, 5.1])
    found = studio.along(pixels, values, wanted)
    # From 3.0 on the way turns back; it is farther again only between the last two places.
    np.testing.assert_allclose(found[[0, 1, 2, 5]], [0, 5, 15, 40], atol=1e-5)
    assert 19.99 <= found[3] <= 30
    assert 30 <= found[4] <= 40
    assert np.isnan(found[6])


def test_a_way_under_its_own_measure_is_the_measure_itself() -> None:
    """To pixels, strangers who differ as much in pixels differ as much."""
    pixels = np.sort(np.random.default_rng(1).uniform(0, 9, 8))
    wanted = np.linspace(pixels[0], pixels[-1], 50)
    np.testing.assert_allclose(studio.along(pixels, pixels, wanted), wanted, atol=1e-6)


@pytest.mark.parametrize("nuisance", [NUISANCES[0], NUISANCES[4]], ids=lambda one: one.label)
def test_a_sweep_is_measured_picture_by_picture(
    verifier: Verifier, shot: Shot, nuisance: Nuisance
) -> None:
    found = studio.sweep(shot, nuisance, [verifier], count=5)
    small = [np.asarray(render(one.who, one.scene, studio.QUICK)) for one in found.shots]
    reference = np.asarray(render(shot.who, PLAIN, studio.QUICK))
    for i, picture in enumerate(small):
        assert getattr(found.shots[i].scene, nuisance.field) == found.values[i]
        far = float((grey(picture[None]) - grey(reference[None])).norm()) / 0.25
        assert found.distances["grey"][i] == pytest.approx(far, abs=1e-5)
    middle = len(small) // 2  # nothing has moved
    assert found.values[middle] == 0
    assert found.pixels[middle] == pytest.approx(0, abs=1e-6)
    assert found.other[middle] == pytest.approx(0, abs=1e-6)
    assert found.lookalikes[middle].who == shot.who


def test_lookalikes_are_in_the_scene_of_the_reference_and_nearly_as_far(
    verifier: Verifier, shot: Shot
) -> None:
    from siamese.networks import embed_pixels

    found = studio.sweep(shot, NUISANCES[0], [verifier], count=5)
    reference = np.asarray(render(shot.who, PLAIN, studio.QUICK))
    everybody = [one for way in studio.ways(shot) for one in way]
    for i, lookalike in enumerate(found.lookalikes):
        assert lookalike.scene == PLAIN
        picture = np.asarray(render(lookalike.who, PLAIN, studio.QUICK))
        codes = embed_pixels(np.stack([reference, picture]))
        far = float((codes[0] - codes[1]).norm())
        assert found.lookalike_pixels[i] == pytest.approx(far, abs=1e-4)
        assert lookalike in everybody


def test_where_no_stranger_differs_so_much_nothing_is_claimed(
    shot: Shot, verifier: Verifier
) -> None:
    far = Nuisance("Exposure", "exposure", -1.5, 1.5, (-1.2, 1.2))
    found = studio.sweep(shot, far, [verifier], count=3)
    there = studio.others(shot)
    from siamese.networks import embed_pixels

    most = [float((embed_pixels(way) - embed_pixels(way[:1])).norm(dim=1).max()) for way in there]
    for i, pixels in enumerate(found.pixels):
        reach = np.array([pixels <= one for one in most])
        np.testing.assert_array_equal(np.isfinite(found.others[:, i]), reach)
        assert np.isfinite(found.other[i]) == reach.any()


# -- effects ---------------------------------------------------------------------------------------


def test_an_effect_is_the_mean_over_people_and_ends(verifier: Verifier) -> None:
    nuisance, people = NUISANCES[4], (7100, 7101)
    near, far = studio.effect(verifier, nuisance, people)

    def by_hand(ends: tuple[float, float]) -> float:
        told = []
        for seed in people:
            who = random_identity(seed)
            plain = grey(np.asarray(render(who, PLAIN, studio.QUICK))[None])
            for end in ends:
                scene = replace(PLAIN, exposure=end)
                code = grey(np.asarray(render(who, scene, studio.QUICK))[None])
                told.append(float((code - plain).norm()) / 0.25)
        return sum(told) / len(told)

    assert near == pytest.approx(by_hand(nuisance.usual), abs=1e-5)
    assert far == pytest.approx(by_hand((nuisance.low, nuisance.high)), abs=1e-5)


def test_between_people_counts_each_pair_and_nobody_with_themselves(verifier: Verifier) -> None:
    people = (7100, 7101, 7102)
    codes = [
        grey(np.asarray(render(random_identity(seed), PLAIN, studio.QUICK))[None])
        for seed in people
    ]
    far = [float((codes[a] - codes[b]).norm()) / 0.25 for a, b in ((0, 1), (0, 2), (1, 2))]
    assert studio.between(verifier, people) == pytest.approx(sum(far) / 3, abs=1e-5)
