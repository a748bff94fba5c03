"""Distances: the formulas, their symmetry, and slopes without NaN."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from siamese import distances
from siamese.distances import DISTANCES, NEAREST, Cohort, LearnedL1, distance_matrix

PAIRS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "euclidean": distances.euclidean,
    "cosine": distances.cosine,
}


@pytest.fixture
def head() -> LearnedL1:
    made = LearnedL1(5)
    nn.init.normal_(made.weight, -1, 1, generator=torch.Generator().manual_seed(3))
    nn.init.constant_(made.bias, 0.4)
    return made


def embeddings(count: int, seed: int = 0, size: int = 5) -> Tensor:
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed))


def test_euclidean_is_the_length_of_the_difference() -> None:
    a, b = embeddings(30), embeddings(30, 1)
    expected = [
        sum((x - y) ** 2 for x, y in zip(p, q, strict=True)) ** 0.5
        for p, q in zip(a.tolist(), b.tolist(), strict=True)
    ]
    assert torch.allclose(distances.euclidean(a, b), torch.tensor(expected), atol=1e-6)


def test_cosine_is_one_minus_the_cosine() -> None:
    degrees = torch.tensor([0.0, 60, 90, 180]).deg2rad()
    turned = torch.stack([degrees.cos(), degrees.sin()], 1) * torch.tensor([[3.0], [0.1], [1], [7]])
    found = distances.cosine(torch.tensor([2.0, 0]), turned)
    assert torch.allclose(found, torch.tensor([0.0, 0.5, 1, 2]), atol=1e-6)


def test_squared_euclidean_is_twice_the_cosine_distance_on_the_unit_sphere() -> None:
    a, b = (nn.functional.normalize(embeddings(50, seed), dim=1) for seed in (0, 1))
    assert torch.allclose(distances.euclidean(a, b) ** 2, 2 * distances.cosine(a, b), atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_learned_equals_its_formula(seed: int) -> None:
    head = LearnedL1(4)
    nn.init.normal_(head.weight, generator=torch.Generator().manual_seed(seed))
    nn.init.constant_(head.bias, 0.3)
    a, b = embeddings(1, seed, 4)[0], embeddings(1, seed + 9, 4)[0]
    logit = 0.3 + sum(
        w * abs(x - y) for w, x, y in zip(head.weight.tolist(), a.tolist(), b.tolist(), strict=True)
    )
    same = 1 / (1 + 2.718281828459045**-logit)
    assert head.logit(a, b).item() == pytest.approx(logit, abs=1e-5)
    assert head(a, b).item() == pytest.approx(1 - same, abs=1e-6)


@pytest.mark.parametrize("kind", DISTANCES)
def test_matrix_is_all_pairs(kind: str, head: LearnedL1) -> None:
    a, b = embeddings(70), embeddings(9, 1)  # more than are compared at once
    matrix = distance_matrix(a, b, kind, head)
    pair = PAIRS.get(kind, head)
    assert matrix.shape == (70, 9)
    for i, j in [(0, 0), (69, 8), (64, 3), (63, 5)]:
        assert matrix[i, j].item() == pytest.approx(pair(a[i], b[j]).item(), abs=1e-5)


@pytest.mark.parametrize("kind", DISTANCES)
def test_symmetry_and_range(kind: str, head: LearnedL1) -> None:
    unit = nn.functional.normalize(embeddings(40), dim=1)
    matrix = distance_matrix(unit, unit, kind, head)
    assert torch.allclose(matrix, matrix.T, atol=1e-6)
    assert matrix.min() >= -1e-6
    assert matrix.max() <= 2 + 1e-6
    itself = matrix.diagonal()
    assert torch.allclose(itself, itself.min().expand(40), atol=1e-6)
    assert (matrix >= itself.min() - 1e-6).all() or kind == "learned"
    if kind != "learned":  # its zero lies where its bias puts it
        assert itself.abs().max() < 1e-6


def test_learned_distance_of_a_picture_to_itself_is_that_of_its_bias(head: LearnedL1) -> None:
    a = embeddings(3)
    assert torch.allclose(head(a, a), torch.sigmoid(-head.bias).expand(3))


@pytest.mark.parametrize("kind", ["euclidean", "cosine"])
@pytest.mark.parametrize("count", [7, 60])
def test_a_cohort_divides_by_how_near_strangers_are(kind: str, count: int) -> None:
    a, b, strangers = embeddings(4), embeddings(3, 1), embeddings(count, 2)
    known = list(strangers)

    def nearest(one: Tensor, others: list[Tensor]) -> float:
        distances = sorted(PAIRS[kind](one, other).item() for other in others)[:NEAREST]
        return sum(distances) / len(distances)

    usual = sum(
        nearest(one, [other for other in known if other is not one]) for one in known
    ) / count  # fmt: skip
    expected = [
        [
            PAIRS[kind](p, q).item()
            * usual / (nearest(p, known) * nearest(q, known)) ** 0.5
            for q in b
        ]
        for p in a
    ]  # fmt: skip
    found = distance_matrix(a, b, kind, cohort=Cohort(strangers, kind))
    assert torch.allclose(found, torch.tensor(expected), rtol=1e-4)


def test_with_a_cohort_equal_faces_stay_equal() -> None:
    a, cohort = embeddings(4), Cohort(embeddings(40, 2), "euclidean")
    matrix = distance_matrix(a, a, cohort=cohort)
    assert torch.equal(matrix.diag(), torch.zeros(4))
    assert torch.allclose(matrix, matrix.T)
    assert distance_matrix(a, torch.cat([a, cohort.embeddings]), cohort=cohort).isfinite().all()


def test_a_face_that_is_near_to_everybody_is_moved_away() -> None:
    angles = torch.arange(0, 360, 10.0).deg2rad()
    ring, hub = torch.stack([angles.cos(), angles.sin()], -1), torch.zeros(1, 2)
    cohort = Cohort(ring * 1.2, "euclidean")
    far = 3 * ring[:1]
    assert cohort.scale(hub) < cohort.scale(far)
    plain, relative = (distance_matrix(hub, ring, cohort=c) for c in (None, cohort))
    beside = distance_matrix(far, ring, cohort=cohort) / distance_matrix(far, ring)
    assert (relative / plain).min() > beside.max()


@pytest.mark.parametrize("kind", DISTANCES)
def test_equal_embeddings_have_a_finite_slope(kind: str, head: LearnedL1) -> None:
    """The square root's slope at zero is infinite; NaN weights are what comes of it elsewhere."""
    a = embeddings(1).expand(4, 5).clone().requires_grad_()
    (
        distance_matrix(a, a, kind, head).sum() + PAIRS.get(kind, head)(a, a.detach()).sum()
    ).backward()
    assert a.grad.isfinite().all()


@pytest.mark.parametrize("scale", [1e-18, 1e-6, 1.0, 1e6])
def test_slope_of_euclidean_has_length_one(scale: float) -> None:
    a = (scale * embeddings(20)).double().requires_grad_()
    distances.euclidean(a, torch.zeros_like(a)).sum().backward()
    assert torch.allclose(a.grad.norm(dim=1), torch.ones(20, dtype=torch.float64))


def test_close_embeddings_keep_their_digits() -> None:
    """|a|² + |b|² − 2ab would lose them."""
    a = nn.functional.normalize(embeddings(1), dim=1)
    b = a + 1e-4 * nn.functional.normalize(embeddings(1, 1), dim=1)
    assert distance_matrix(a, b).item() == pytest.approx((a - b).double().norm().item(), rel=1e-4)


def test_what_cannot_be() -> None:
    a = embeddings(2)
    with pytest.raises(ValueError, match="euclidean, cosine, learned"):
        distance_matrix(a, a, "manhattan")
    with pytest.raises(ValueError, match="learned"):
        distance_matrix(a, a, "learned")  # without its head
