"""Networks: sizes, one net for both pictures, first weights, preparation of pictures."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from siamese.faces import FaceSet
from siamese.networks import (
    DESIGN,
    NETWORKS,
    EmbeddingNet,
    NetworkSpec,
    as_float,
    build,
    embed,
    embed_pixels,
    initialise,
    parameters,
    prepare,
)


def made(name: str, seed: int = 0, learned: bool = False) -> EmbeddingNet:
    spec = NETWORKS[name]
    net = build(name, spec.embedding, spec.normalise, learned)
    return initialise(net, torch.Generator().manual_seed(seed)).eval()


def noise(spec: NetworkSpec, count: int, seed: int = 0) -> torch.Tensor:
    shape = (count, spec.channels, spec.size, spec.size)
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)


@pytest.fixture(params=NETWORKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_pictures_become_embeddings(name: str) -> None:
    spec = NETWORKS[name]
    embedding = embed(made(name), noise(spec, 3))
    assert embedding.shape == (3, spec.embedding)
    assert embedding.dtype == torch.float32
    assert embedding.isfinite().all()
    assert (embedding[0] - embedding[1]).norm() > 1e-4
    if spec.normalise:
        assert torch.allclose(embedding.norm(dim=1), torch.ones(3), atol=1e-6)
    if spec.sigmoid:
        assert embedding.min() > 0
        assert embedding.max() <= 1


@pytest.mark.parametrize(
    ("net", "low", "high"),
    [("small", 100_000, 300_000), ("plane", 100_000, 300_000), ("starter", 1.5e6, 1.9e6)],
)
def test_size(net: str, low: float, high: float) -> None:
    assert low <= parameters(made(net)) <= high


def test_baseline_is_the_tutorials() -> None:
    """Koch et al. 2015, figure 4, on 100×100 pictures in colour: 4096 numbers, each in (0, 1)."""
    with torch.device("meta"):
        net = EmbeddingNet(NETWORKS["baseline"], 4096, normalise=False, learned=True)
    layers = [module for module in net.modules() if isinstance(module, nn.Conv2d)]
    kernels = [(conv.in_channels, conv.out_channels, *conv.kernel_size) for conv in layers]
    assert kernels == [(3, 64, 10, 10), (64, 128, 7, 7), (128, 128, 4, 4), (128, 256, 4, 4)]
    assert (net.projection.in_features, net.projection.out_features) == (6 * 6 * 256, 4096)
    assert net.sigmoid
    # weights and biases of five layers, and of the 4096 → 1 comparison
    by_hand = (3 * 64 * 100 + 64) + (64 * 128 * 49 + 128) + (128 * 128 * 16 + 128)
    by_hand += (128 * 256 * 16 + 256) + (9216 * 4096 + 4096) + (4096 + 1)
    assert parameters(net) == by_hand


@pytest.mark.parametrize(("net", "sooner"), [("small", 2.4), ("plane", 1), ("starter", 1)])
def test_the_latest_design_multiplies_less(net: str, sooner: float) -> None:
    """Products of a forward pass through the convolutions, counted layer by layer."""
    former, latest = (multiplications(net, design) for design in (1, DESIGN))
    assert former / latest >= sooner
    assert (former == latest) == (sooner == 1)


def multiplications(net: str, design: int) -> int:
    spec, counted = NETWORKS[net], []

    def count(layer: nn.Module, _: object, made: torch.Tensor) -> None:
        assert isinstance(layer, nn.Conv2d)
        counted.append(layer.weight.numel() * made[0, 0].numel())

    built = build(net, spec.embedding, spec.normalise, design=design)
    for layer in built.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    built.trunk.eval()(torch.zeros(1, spec.channels, spec.size, spec.size))
    return sum(counted)


def test_plane_can_be_drawn() -> None:
    assert (NETWORKS["plane"].embedding, NETWORKS["plane"].fixed) == (2, True)


def test_a_picture_has_one_embedding_whatever_it_is_compared_with() -> None:
    """One net, used twice: no partner, place in the batch or second tower changes anything."""
    net, pictures = made("small"), noise(NETWORKS["small"], 300)
    together = embed(net, pictures)  # more than are embedded at once
    for index in (0, 7, 255, 256, 299):
        assert torch.allclose(embed(net, pictures[[index]])[0], together[index], atol=1e-5)
    order = torch.randperm(300, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(embed(net, pictures[order]), together[order], atol=1e-5)


def test_more_light_is_no_other_face() -> None:
    net, pictures = made("small"), as_float(noise(NETWORKS["small"], 4))
    with torch.no_grad():
        assert torch.allclose(net(pictures), net(pictures * 0.5 + 0.2), atol=0.02)


def test_nothing_to_embed() -> None:
    assert embed(made("small"), noise(NETWORKS["small"], 0)).shape == (0, 64)


def test_embedding_changes_no_weight() -> None:
    net = made("small").train()
    before = {key: weight.clone() for key, weight in net.state_dict().items()}
    assert not embed(net, noise(NETWORKS["small"], 8)).requires_grad
    assert all(torch.equal(before[key], weight) for key, weight in net.state_dict().items())


@pytest.mark.parametrize("learned", [False, True])
def test_first_weights_come_from_the_generator_alone(learned: bool) -> None:
    before = torch.get_rng_state()
    one, again, other = (made("small", seed, learned) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    pairs = list(zip(one.parameters(), again.parameters(), other.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b, _ in pairs)
    assert not all(torch.equal(a, c) for a, _, c in pairs)
    assert all(weight.isfinite().all() for weight in one.state_dict().values())  # none is left out


def test_first_weights_have_the_spread_that_is_asked_for(name: str) -> None:
    """Neither fading nor exploding: the features of noise stay within a factor of ten or so."""
    spec, net = NETWORKS[name], made(name)
    with torch.no_grad():
        features = net.trunk(torch.randn(4, spec.channels, spec.size, spec.size))
    assert 0.03 < features.std() < 30


def test_first_learned_distance_calls_close_what_is_close() -> None:
    head = made("small", learned=True).head
    assert head is not None
    a = torch.zeros(64)
    assert head(a, a) < head(a, a + 0.5) < head(a, a + 2)


# ---- preparation --------------------------------------------------------------------------------


def test_prepared_pictures_are_what_the_net_wants(
    name: str, make_faces: Callable[..., FaceSet]
) -> None:
    spec = NETWORKS[name]
    ready = prepare(make_faces(2, 3).pictures, spec)
    assert ready.shape == (6, spec.channels, spec.size, spec.size)
    assert ready.dtype == torch.uint8


def test_grey_nets_get_grey_and_colour_nets_get_colour() -> None:
    red_and_blue = np.zeros((2, 20, 20, 3), np.uint8)
    red_and_blue[0, ..., 0] = red_and_blue[1, ..., 2] = 255
    grey = prepare(red_and_blue, NETWORKS["small"]).float().mean((1, 2, 3))
    assert grey.tolist() == pytest.approx([0.299 * 255, 0.114 * 255], abs=1)  # ITU-R BT.601
    colour = prepare(red_and_blue, NETWORKS["baseline"]).float().mean((2, 3))
    assert colour.tolist() == [[255, 0, 0], [0, 0, 255]]


def test_shrinking_averages() -> None:
    """A fine chessboard becomes grey, not a pattern that is not there."""
    board = (np.indices((112, 112)).sum(0) % 2 * 255).astype(np.uint8)
    ready = prepare(np.repeat(board[None, ..., None], 3, 3), NetworkSpec("", lambda: ..., 28, 1, 1))
    assert (ready[..., 2:-2, 2:-2].float() - 127.5).abs().max() < 12


def test_many_pictures_are_prepared_in_parts(make_faces: Callable[..., FaceSet]) -> None:
    pictures = make_faces(60, 5).pictures
    ready = prepare(pictures, NETWORKS["small"])
    for index in (0, 255, 256, 299):
        assert torch.equal(ready[index], prepare(pictures[[index]], NETWORKS["small"])[0])
    assert prepare(pictures[:0], NETWORKS["small"]).shape == (0, 1, 64, 64)


def test_as_float_is_from_zero_to_one() -> None:
    wide = torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 1, 1, 3)
    assert as_float(wide).flatten().tolist() == pytest.approx([0, 0.2, 1])


def test_pixels_as_embedding(make_faces: Callable[..., FaceSet]) -> None:
    pixels = embed_pixels(make_faces(2, 2).pictures)
    assert pixels.shape == (4, 32 * 32)
    assert pixels.min() >= 0
    assert pixels.max() <= 1


def test_torchvision_imports_in_a_fresh_process() -> None:
    """Beside the CPU build of torch the plain import dies; ours does not, and leaves its operators
    alone where it lives."""
    program = """
import torch
from siamese.vision import v2
grey = v2.Grayscale()(torch.full((1, 3, 4, 4), 100, dtype=torch.uint8))
assert grey.shape == (1, 1, 4, 4) and grey.unique().item() in (99, 100)
import torchvision.models
print("works")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "works\n", done.stderr
