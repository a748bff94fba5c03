"""Losses against slow, plain formulas: values, gradients, and what the pages say about them."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from siamese import losses
from siamese.config import preset
from siamese.distances import cosine_matrix, euclidean_matrix
from siamese.losses import LOSSES
from siamese.mining import MINERS, all_triplets, same_and_different
from siamese.training import batch_loss, loss_of_collapse

SEEDS = range(4)


def points(count: int, size: int, seed: int) -> Tensor:
    drawn = torch.randn(count, size, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(drawn.double(), dim=1)


def at_angles(*degrees: float) -> Tensor:
    """Points on the unit circle."""
    angle = torch.tensor(degrees, dtype=torch.float64).deg2rad()
    return torch.stack([angle.cos(), angle.sin()], 1)


def slope(loss: Callable[[Tensor], Tensor], at: Tensor, step: float = 1e-6) -> Tensor:
    """The gradient by finite differences: change one number at a time and look."""
    gradient = torch.zeros_like(at)
    for index in range(at.numel()):
        moved = torch.zeros_like(at)
        moved.view(-1)[index] = step
        gradient.view(-1)[index] = (loss(at + moved) - loss(at - moved)) / (2 * step)
    return gradient


def agree(ours: Callable[[Tensor], Tensor], oracle: Callable[[Tensor], Tensor], at: Tensor) -> None:
    """The same value and the same gradient. The oracle knows nothing of ours, nor of autograd."""
    leaf = at.clone().requires_grad_()
    value = ours(leaf)
    value.backward()
    assert value.item() == pytest.approx(float(oracle(at)), abs=1e-9, rel=1e-9)
    assert torch.allclose(leaf.grad, slope(oracle, at), atol=1e-5, rtol=1e-5)


# ---- against loops ------------------------------------------------------------------------------


def naive_contrastive(distance: Tensor, is_same: Tensor, margin: float) -> Tensor:
    total = torch.zeros((), dtype=distance.dtype)
    for d, same in zip(distance, is_same, strict=True):
        if same:
            total = total + d * d
        elif d < margin:
            total = total + (margin - d) ** 2
    return total


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("margin", [0.3, 1.0, 2.5])
def test_contrastive_equals_its_formula(seed: int, margin: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    distance = 2 * torch.rand(20, generator=generator, dtype=torch.float64)
    is_same = torch.rand(20, generator=generator) < 0.5
    agree(
        lambda d: losses.contrastive(d, is_same, margin).sum(),
        lambda d: naive_contrastive(d, is_same, margin),
        distance,
    )


def naive_triplet(pairs: Tensor, margin: float) -> Tensor:
    total = torch.zeros((), dtype=pairs.dtype)
    for to_same, to_different in pairs:
        if to_same + margin > to_different:
            total = total + to_same - to_different + margin
    return total


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("margin", [0.0, 0.2, 1.0])
def test_triplet_equals_its_formula(seed: int, margin: float) -> None:
    pairs = 2 * torch.rand(20, 2, generator=torch.Generator().manual_seed(seed)).double()
    agree(
        lambda d: losses.triplet(d[:, 0], d[:, 1], margin).sum(),
        lambda d: naive_triplet(d, margin),
        pairs,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_soft_triplet_equals_its_formula(seed: int) -> None:
    pairs = 2 * torch.rand(20, 2, generator=torch.Generator().manual_seed(seed)).double()
    agree(
        lambda d: losses.soft_triplet(d[:, 0], d[:, 1]).sum(),
        lambda d: sum((torch.log(1 + torch.exp(p - n)) for p, n in d), torch.tensor(0.0).double()),
        pairs,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_cross_entropy_equals_its_formula(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    logit = 3 * torch.randn(20, generator=generator).double()
    is_same = torch.rand(20, generator=generator) < 0.5

    def naive(z: Tensor) -> Tensor:
        total = torch.zeros((), dtype=z.dtype)
        for one, same in zip(z, is_same, strict=True):
            chance = 1 / (1 + torch.exp(-one))
            total = total - torch.log(chance if same else 1 - chance)
        return total

    agree(lambda z: losses.binary_cross_entropy(z, is_same).sum(), naive, logit)


def naive_circle(
    similarity: Tensor, labels: Tensor, margin: float, gamma: float, weights_at: Tensor
) -> list[Tensor]:
    """Sun et al. 2020, eq. 6, as two sums. The weights α are read at `weights_at`, which stays put
    when `similarity` is moved: that is what 'without gradient' means."""
    found = []
    for a in range(len(labels)):
        to_different = to_same = torch.zeros((), dtype=similarity.dtype)
        for j in range(len(labels)):
            s, fixed = similarity[a, j], float(weights_at[a, j])
            if labels[a] != labels[j]:
                alpha = max(fixed + margin, 0)
                to_different = to_different + torch.exp(gamma * alpha * (s - margin))
            elif a != j:
                alpha = max(1 + margin - fixed, 0)
                to_same = to_same + torch.exp(-gamma * alpha * (s - (1 - margin)))
        found.append(torch.log(1 + to_different * to_same))
    return found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("margin", "gamma"), [(0.25, 8.0), (0.4, 16.0), (0.25, 64.0)])
def test_circle_equals_its_formula(seed: int, margin: float, gamma: float) -> None:
    labels = torch.tensor([0, 0, 0, 1, 1, 2])  # person 2 has one picture: a stranger to all
    similarity = 1 - cosine_matrix(points(6, 3, seed), points(6, 3, seed))
    masks = same_and_different(labels)
    naive = torch.stack(naive_circle(similarity, labels, margin, gamma, similarity))
    ours = losses.circle(similarity, *masks, margin, gamma)
    assert torch.allclose(ours, naive, atol=1e-9)
    assert ours[5] == 0  # nobody to be pulled to

    leaf = similarity.clone().requires_grad_()
    losses.circle(leaf, *masks, margin, gamma).sum().backward()
    slopes = slope(lambda s: sum(naive_circle(s, labels, margin, gamma, similarity)), similarity)
    assert torch.allclose(leaf.grad, slopes, atol=1e-4 * gamma, rtol=1e-5)


def test_gradient_of_circle_leaves_its_weights_out() -> None:
    similarity = torch.tensor([[1.0, 0.4, 0.3]], dtype=torch.float64, requires_grad=True)
    masks = torch.tensor([[False, True, False]]), torch.tensor([[False, False, True]])
    losses.circle(similarity, *masks, 0.25, 8.0).sum().backward()
    # One pair each: sigmoid of the exponent, times γ α. With the gradient of α it would be another.
    alpha_same, alpha_different = 1.25 - 0.4, 0.3 + 0.25
    exponent = 8 * (alpha_different * (0.3 - 0.25) - alpha_same * (0.4 - 0.75))
    pushed = 1 / (1 + math.exp(-exponent))
    expected = torch.tensor([[0, -8 * alpha_same * pushed, 8 * alpha_different * pushed]])
    assert torch.allclose(similarity.grad, expected.double(), atol=1e-9)


@pytest.mark.parametrize("margin", [0.1, 0.25, 0.4])
def test_boundary_of_circle_is_a_circle(margin: float) -> None:
    """On s_n² + (s_p − 1)² = 2m² the exponent is zero, so the loss of one pair each is ln 2."""
    for turn in (100, 120, 135, 160):
        angle = math.radians(turn)
        s_n, s_p = (
            math.sqrt(2) * margin * math.sin(angle),
            1 + math.sqrt(2) * margin * math.cos(angle),
        )
        assert s_n**2 + (s_p - 1) ** 2 == pytest.approx(2 * margin**2)
        similarity = torch.tensor([[s_p, s_n]], dtype=torch.float64)
        masks = torch.tensor([[True, False]]), torch.tensor([[False, True]])
        value = losses.circle(similarity, *masks, margin, 64.0)
        assert value.item() == pytest.approx(math.log(2), abs=1e-9)


def test_circle_has_no_nan_where_an_anchor_lacks_a_partner() -> None:
    similarity = torch.rand(3, 3, requires_grad=True)
    nobody = torch.zeros(3, 3, dtype=torch.bool)
    for masks in ((nobody, ~nobody), (~nobody, nobody), (nobody, nobody)):
        similarity.grad = None
        value = losses.circle(similarity, *masks, 0.25, 256.0)
        value.sum().backward()
        assert not value.any()
        assert not similarity.grad.any()


# ---- against another library --------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_triplet_as_in_pytorch_metric_learning(seed: int) -> None:
    theirs = pytest.importorskip("pytorch_metric_learning.losses")
    distances = pytest.importorskip("pytorch_metric_learning.distances")
    embedding, labels = points(12, 4, seed), torch.arange(12) // 3
    a, p, n = all_triplets(embedding, labels, torch.Generator()).T
    distance = euclidean_matrix(embedding, embedding)
    ours = losses.mean_of_active(losses.triplet(distance[a, p], distance[a, n], 0.3))
    verifier = theirs.TripletMarginLoss(
        0.3, distance=distances.LpDistance(normalize_embeddings=False)
    )
    assert ours.item() == pytest.approx(verifier(embedding, labels, (a, p, n)).item(), abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_circle_as_in_pytorch_metric_learning(seed: int) -> None:
    theirs = pytest.importorskip("pytorch_metric_learning.losses")
    embedding, labels = points(12, 4, seed).float(), torch.arange(12) // 3
    ours_leaf, their_leaf = (embedding.clone().requires_grad_() for _ in range(2))
    similarity = 1 - cosine_matrix(ours_leaf, ours_leaf)
    ours = losses.circle(similarity, *same_and_different(labels), 0.25, 64.0).mean()
    verifier = theirs.CircleLoss(m=0.25, gamma=64)(their_leaf, labels)
    ours.backward()
    verifier.backward()
    assert ours.item() == pytest.approx(verifier.item(), rel=1e-5)
    assert torch.allclose(ours_leaf.grad, their_leaf.grad, atol=1e-3)


# ---- what the pages say -------------------------------------------------------------------------


def test_points_at_chosen_angles() -> None:
    a, p, n = at_angles(0, 60, 180)  # distances 1 (same) and 2 (stranger)
    to_same, to_different = (a - p).norm()[None], (a - n).norm()[None]
    assert to_same.item() == pytest.approx(1)
    assert to_different.item() == pytest.approx(2)
    assert losses.triplet(to_same, to_different, 0.5).item() == 0  # met, with half to spare
    assert losses.triplet(to_same, to_different, 1.25).item() == pytest.approx(0.25)
    assert losses.contrastive(to_same, torch.tensor([1]), 1.0).item() == pytest.approx(1)
    assert losses.contrastive(to_different, torch.tensor([0]), 1.0).item() == 0
    assert losses.contrastive(to_different, torch.tensor([0]), 2.5).item() == pytest.approx(0.25)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_margin_above_two_can_never_be_met_on_the_unit_sphere(seed: int) -> None:
    embedding, labels = points(40, 8, seed), torch.arange(40) // 4
    distance = euclidean_matrix(embedding, embedding)
    a, p, n = all_triplets(distance, labels, torch.Generator()).T
    assert (losses.triplet(distance[a, p], distance[a, n], 2.01) > 0).all()
    assert (losses.contrastive(distance[a, n], torch.zeros(len(a)), 2.01) > 0).all()
    best = at_angles(0, 0, 180)  # the same at one point, the stranger at the other pole
    to_same, to_different = (best[0] - best[1]).norm(), (best[0] - best[2]).norm()
    assert losses.triplet(to_same, to_different, 2.01) > 0
    assert losses.triplet(to_same, to_different, 2.0) == 0


def test_triplet_with_its_sign_turned_round_pulls_strangers_close() -> None:
    """The slip in the notes that this project grew from: max(d(a,n) − d(a,p) + m, 0)."""
    pairs = torch.tensor([[0.5, 0.6]], requires_grad=True)
    losses.triplet(pairs[:, 1], pairs[:, 0], 0.3).sum().backward()
    assert pairs.grad.tolist() == [[-1.0, 1.0]]  # descent makes 'same' longer, 'different' shorter


@pytest.mark.parametrize("margin", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("mining", MINERS)
def test_collapse_has_a_signature(loss: str, mining: str, margin: float) -> None:
    """All faces on one point: the loss is known beforehand, whatever is mined."""
    config = preset(loss, margin=margin, mining=mining, people=4, pictures=3, embedding=8)
    embedding, labels = at_angles(*[0.0] * 12).float(), torch.arange(12) // 3
    net = Collapsed()
    distance = euclidean_matrix(embedding, embedding)
    _, value = batch_loss(
        distance, embedding, labels, net, config, torch.Generator().manual_seed(0)
    )
    assert value.item() == pytest.approx(loss_of_collapse(config), rel=1e-5)


class Collapsed:
    """A net as far as `batch_loss` looks at it: its head says 'cannot tell' of equal embeddings."""

    class head:  # noqa: N801
        @staticmethod
        def logit(a: Tensor, b: Tensor) -> Tensor:
            return (a - b).abs().sum(-1)


def test_signatures_by_hand() -> None:
    zero = torch.zeros(1)
    assert losses.triplet(zero, zero, 0.7).item() == pytest.approx(0.7)
    assert losses.soft_triplet(zero, zero).item() == pytest.approx(math.log(2))
    half_and_half = losses.contrastive(torch.zeros(2), torch.tensor([1, 0]), 0.6)
    assert half_and_half.mean().item() == pytest.approx(0.6**2 / 2)
    assert losses.binary_cross_entropy(zero, zero).item() == pytest.approx(math.log(2))
    masks = torch.tensor([[True, False]]), torch.tensor([[False, True]])
    one_each = losses.circle(torch.ones(1, 2), *masks, 0.25, 64.0).item()
    exponent = 64 * (1 - 2 * 0.25**2)
    assert exponent <= one_each <= exponent + 1e-3
    for loss, margin in (("triplet", 0.3), ("contrastive", 1.0)):
        assert loss_of_collapse(preset(loss, margin=margin)) in (margin, margin**2 / 2)


def test_signature_of_circle_stands_for_any_margin() -> None:
    assert loss_of_collapse(preset("circle", margin=10.0, gamma=1024.0)) == 0
    assert 0 < loss_of_collapse(preset("circle", margin=0.7, gamma=64.0)) < math.inf


# ---- averages -----------------------------------------------------------------------------------


def test_averages() -> None:
    values, is_same = torch.tensor([0.0, 2.0, 4.0, 0.0]), torch.tensor([True, False, False, False])
    assert losses.mean(values).item() == 1.5
    assert losses.mean_of_active(values).item() == 3
    assert losses.balanced_mean(values, is_same).item() == (0 + 2) / 2


@pytest.mark.parametrize("reduce", [losses.mean, losses.mean_of_active])
def test_average_of_nothing_is_zero_and_has_a_gradient(reduce: Callable[[Tensor], Tensor]) -> None:
    for values in (torch.zeros(0, requires_grad=True), torch.zeros(3, requires_grad=True)):
        value = reduce(values)
        value.backward()
        assert value.item() == 0
        assert values.grad.isfinite().all()
    nothing = torch.zeros(0)
    assert losses.balanced_mean(nothing, nothing).item() == 0


def test_list_of_losses() -> None:
    for name, spec in LOSSES.items():
        low, high = spec.margins
        assert low <= spec.margin <= high, name
        config = preset(name)  # raises if its distance, mining or margin cannot be
        assert config.mining in MINERS
        assert config.distance == spec.distance
        assert spec.label
        assert any(letter.isdigit() for letter in spec.paper)
