"""Pictures → embeddings: tensor (B, C, H, W) → (B, D).

A Siamese network is *one* embedding net applied to two inputs. So there is one net here, never a
class with two towers: a batch goes through it once, and all its pairs are compared afterwards.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from siamese.devices import CPU, on
from siamese.distances import LearnedL1

PICTURES_AT_ONCE = 256
DESIGN = 2  # the latest; nets of model files may be of an earlier one

Trunk = Callable[[], tuple[nn.Module, int]]


class Prepared(NamedTuple):
    """Pictures as a net wants them, kept in one tensor."""

    pictures: Tensor  # (N, C, H, W) uint8
    labels: Tensor  # (N,) int64, the number of the person


def convolution(
    channels_in: int, channels_out: int, kernel: int = 3, stride: int = 1, pool: bool = False
) -> nn.Module:
    """Convolution, batch normalisation, ReLU; `pool` halves the size before the last two, which
    then have a quarter of the work."""
    layers = [
        nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, bias=False),
        *([nn.MaxPool2d(2)] if pool else []),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    ]
    return nn.Sequential(*layers)


class Residual(nn.Module):
    """x + f(x), with two convolutions in f. He et al. 2015, 'Deep residual learning'."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            convolution(channels, channels),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.change(x))


def small_trunk() -> tuple[nn.Module, int]:
    """Few channels where the pictures are large: most of the time of a small net goes there."""
    return four_convolutions(16, 32, 64, 64)


def wide_trunk() -> tuple[nn.Module, int]:
    """As in the first design of `small`: twice as wide, nearly three times the work."""
    return four_convolutions(32, 64, 96, 96)


def four_convolutions(one: int, two: int, three: int, four: int) -> tuple[nn.Module, int]:
    """So many channels after each of four convolutions; the first shrinks the picture at once."""
    trunk = nn.Sequential(
        convolution(1, one, kernel=5, stride=2, pool=True),  # (B, one, 16, 16)
        convolution(one, two, pool=True),  # (B, two, 8, 8)
        convolution(two, three),
        convolution(three, four, pool=True),  # (B, four, 4, 4)
        nn.Flatten(),
    )
    return trunk, four * 4 * 4


def starter_trunk() -> tuple[nn.Module, int]:
    """Residual stages, for training on thousands of people."""
    trunk = nn.Sequential(
        convolution(1, 32, kernel=5, stride=2),  # (B, 32, 32, 32)
        convolution(32, 64, pool=True),  # (B, 64, 16, 16)
        Residual(64),
        convolution(64, 144, pool=True),  # (B, 144, 8, 8)
        Residual(144),
        convolution(144, 184, pool=True),  # (B, 184, 4, 4)
        Residual(184),
        nn.Flatten(),
    )
    return trunk, 184 * 4 * 4


def baseline_trunk() -> tuple[nn.Module, int]:
    """The tutorial's four convolutions; sizes as in Koch et al. 2015, figure 4, on 100×100×3."""

    def pool() -> nn.Module:
        return nn.MaxPool2d(2, ceil_mode=True)

    trunk = nn.Sequential(
        *(nn.Conv2d(3, 64, 10), nn.ReLU(), pool()),  # (B, 64, 46, 46)
        *(nn.Conv2d(64, 128, 7), nn.ReLU(), pool()),  # (B, 128, 20, 20)
        *(nn.Conv2d(128, 128, 4), nn.ReLU(), pool()),  # (B, 128, 9, 9)
        *(nn.Conv2d(128, 256, 4), nn.ReLU()),  # (B, 256, 6, 6)
        nn.Flatten(),
    )
    return trunk, 256 * 6 * 6


@dataclass(frozen=True)
class NetworkSpec:
    """A net and the pictures that it wants."""

    label: str  # its name on the screen
    trunk: Trunk  # layers before the embedding; how many features
    size: int  # pictures are size × size
    channels: int  # 1 grey, 3 colour
    embedding: int  # numbers in the embedding, D, unless another is asked for
    fixed: bool = False  # D cannot be chosen
    normalise: bool = True  # embeddings have length 1, unless asked for otherwise
    sigmoid: bool = False  # each number of the embedding is squeezed into (0, 1)
    aligned: bool = False  # looks at faces cut out by their landmarks, see detection.close
    former: Trunk | None = None  # the layers of design 1, where they were others

    def of(self, design: int) -> "NetworkSpec":
        """The net as it was built in the first design, or as it is in the latest."""
        return replace(self, trunk=self.former) if self.former and design < DESIGN else self


NETWORKS: dict[str, NetworkSpec] = {
    "small": NetworkSpec("Small", small_trunk, 64, 1, 64, former=wide_trunk),
    "plane": NetworkSpec("Plane (2-D)", wide_trunk, 64, 1, 2, fixed=True, normalise=False),
    "starter": NetworkSpec("Starter", starter_trunk, 64, 1, 128, aligned=True),
    "baseline": NetworkSpec(
        *("Tutorial's baseline", baseline_trunk, 100, 3, 4096),
        fixed=True,
        normalise=False,
        sigmoid=True,
    ),
}


class EmbeddingNet(nn.Module):
    """Float pictures (B, C, H, W) in [0, 1] → embeddings (B, D), of length 1 if `normalise`."""

    def __init__(self, spec: NetworkSpec, embedding: int, normalise: bool, learned: bool) -> None:
        super().__init__()
        self.trunk, features = spec.trunk()
        self.projection = nn.Linear(features, embedding)
        self.head = LearnedL1(embedding) if learned else None
        self.normalise, self.sigmoid = normalise, spec.sigmoid

    def kept(self, count: int, dropout: float, generator: torch.Generator) -> Tensor:
        """Which features (count, features) to embed with, the others being dropped; those that stay
        are louder. Srivastava et al. 2014, 'Dropout'."""
        shape = count, self.projection.in_features
        return (torch.rand(shape, generator=generator) >= dropout) / (1 - dropout)

    def forward(self, pictures: Tensor, kept: Tensor | None = None) -> Tensor:
        features = self.trunk(standardise(pictures))
        with torch.autocast(features.device.type, enabled=False):  # distances want all the digits
            features = features.float() if kept is None else features.float() * kept
            embedding: Tensor = self.projection(features)  # (B, D)
        if self.sigmoid:
            embedding = embedding.sigmoid()
        return functional.normalize(embedding, dim=-1) if self.normalise else embedding


def standardise(pictures: Tensor) -> Tensor:
    """Each picture to mean 0 and deviation 1, so that more light is no other face."""
    centred = pictures - pictures.mean((1, 2, 3), keepdim=True)
    return centred / (centred.square().mean((1, 2, 3), keepdim=True).sqrt() + 0.02)


def build(
    net: str, embedding: int, normalise: bool = True, learned: bool = False, design: int = DESIGN
) -> EmbeddingNet:
    """A net of `NETWORKS` without weights: fill it by `initialise` or `load_state_dict`.

    It is laid out on the 'meta' device first, because torch's layers draw their first weights from
    the global random generator.
    """
    with torch.device("meta"):
        empty = EmbeddingNet(NETWORKS[net].of(design), embedding, normalise, learned)
    return empty.to_empty(device="cpu").to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def initialise(net: EmbeddingNet, generator: torch.Generator) -> EmbeddingNet:
    """First weights from the generator: He et al. 2015 for layers, ones and zeros for the rest."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, LearnedL1):
            # At first, any difference speaks against 'same', and none at all speaks for it.
            scale = 1 / math.sqrt(len(module.weight))
            nn.init.uniform_(module.weight, -scale, 0, generator=generator)
            nn.init.constant_(module.bias, 2.0)
    return net


def parameters(net: nn.Module) -> int:
    return sum(weight.numel() for weight in net.parameters())


def prepare(pictures: NDArray[np.uint8], spec: NetworkSpec) -> Tensor:
    """Pictures (N, H, W, 3) → what the net of `spec` wants, (N, C, size, size) uint8."""
    from siamese.vision import v2

    if spec.aligned:
        from siamese.detection import close

        pictures = close(pictures)
    colour = v2.Grayscale() if spec.channels == 1 else v2.Identity()
    shape = v2.Compose([colour, v2.Resize((spec.size, spec.size), antialias=True)])
    wanted = torch.empty(len(pictures), spec.channels, spec.size, spec.size, dtype=torch.uint8)
    for start in range(0, len(pictures), PICTURES_AT_ONCE):
        part = slice(start, start + PICTURES_AT_ONCE)
        wanted[part] = shape(torch.tensor(pictures[part]).permute(0, 3, 1, 2))  # (B, C, H, W)
    return wanted


@functools.cache
def has_fast_bf16() -> bool:
    """True where the processor multiplies bf16 itself; elsewhere bf16 would be slower."""
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def as_float(pictures: Tensor) -> Tensor:
    """uint8 (B, C, H, W) → float in [0, 1], laid out as convolutions like it best."""
    return pictures.to(torch.float32, memory_format=torch.channels_last) / 255


@torch.no_grad()
def embed(
    net: EmbeddingNet, pictures: Tensor, quick: bool = False, device: torch.device = CPU
) -> Tensor:
    """Prepared pictures (N, C, H, W) uint8 → embeddings (N, D) float32, without learning, computed
    on a device.

    A face counts as seen straight and in the mirror, half each: a usual step in face verification,
    which costs a second pass and saves about a sixth of the errors. A `quick` look, for a crowd of
    runs, does without it, and takes the digits of bf16 where the processor is made for them.
    """
    net, parts = on(net.eval(), device), pictures.split(PICTURES_AT_ONCE)
    if quick:
        with torch.autocast("cpu", torch.bfloat16, enabled=has_fast_bf16()):
            return torch.cat([net(as_float(part.to(device))).cpu() for part in parts])
    return torch.cat([mirrored_mean(net, as_float(part.to(device))).cpu() for part in parts])


def mirrored_mean(net: EmbeddingNet, pictures: Tensor) -> Tensor:
    """Mean embedding (B, D) of float pictures (B, C, H, W) and their mirror images."""
    if not len(pictures):
        return torch.empty(0, net.projection.out_features)
    mean = (net(pictures) + net(pictures.flip(-1))) / 2
    return functional.normalize(mean, dim=-1) if net.normalise else mean


def embed_pixels(pictures: NDArray[np.uint8]) -> Tensor:
    """The embedding that learns nothing: grey 32×32 pixels, (N, H, W, 3) → (N, 1024) in [0, 1]."""
    return prepare(pictures, NetworkSpec("Pixels", small_trunk, 32, 1, 1024)).flatten(1) / 255
