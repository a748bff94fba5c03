"""Labels → batches of picture indices."""

import torch
from torch import Tensor


def people_and_pictures(
    labels: Tensor,
    people: int,
    pictures: int,
    generator: torch.Generator,
    singles: int = 0,
) -> Tensor:
    """Indices of a batch of P people × K pictures, no picture twice.

    Random pictures of random people would hardly ever bring two of the same person together; so
    people are drawn first, then pictures of each (Hermans, Beyer, Leibe 2017, 'PK batches').
    A person with fewer than K pictures gives all of them, so a batch can be smaller than P·K. A
    person with one picture can serve as a stranger only. With `singles`, the P people all have
    more than one, and so many people with one come on top: where most people have a single picture,
    hardly a pair of one person would be drawn otherwise.
    """
    lot = torch.randperm(len(labels), generator=generator)  # pictures in random order
    names, counts = labels.unique(return_counts=True)
    if singles:
        drawn = [_some(names[counts > 1], people, generator)]
        drawn.append(_some(names[counts == 1], singles, generator))
        return _pictures_of(torch.cat(drawn), lot, labels, pictures)
    return _pictures_of(_some(names, people, generator), lot, labels, pictures)


def _some(names: Tensor, count: int, generator: torch.Generator) -> Tensor:
    return names[torch.randperm(len(names), generator=generator)[:count]]


def _pictures_of(people: Tensor, lot: Tensor, labels: Tensor, pictures: int) -> Tensor:
    return torch.cat([lot[labels[lot] == person][:pictures] for person in people])
