"""Where a net computes: on the processor, or on an accelerator where there is one.

All chance comes from a generator on the processor, and batches are made there, so that a run meets
the same pictures wherever it computes. States, faces and embeddings are at home on the processor.
"""

import copy
from typing import TypeVar

import torch
from torch import nn

N = TypeVar("N", bound=nn.Module)
CPU = torch.device("cpu")


class DeviceError(ValueError):
    """A device that is not here; the message says what is."""


def there() -> list[str]:
    """What can be computed on here, the quickest last."""
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    return ["cpu", *(["mps"] if mps else []), *(["cuda"] if cuda else [])]


def device_of(name: str = "auto") -> torch.device:
    """One of `settings.DEVICES` as torch has it; 'auto' is the accelerator that is there, or the
    processor. DeviceError where it is not there."""
    known = there()
    if name == "auto":
        return torch.device(known[-1])
    if name not in known:
        raise DeviceError(f"There is no device '{name}' here: choose from {', '.join(known)}.")
    return torch.device(name)


def where(net: nn.Module) -> torch.device:
    """The device on which a net is."""
    return next(net.parameters()).device


def on(net: N, device: torch.device) -> N:
    """The net on a device: itself where it is there, or a copy."""
    return net if where(net) == device else copy.deepcopy(net).to(device)
