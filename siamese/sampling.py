"""Labels → batches of picture indices."""

import torch
from torch import Tensor


def people_and_pictures(
    labels: Tensor,
    people: int,
    pictures: int,
    generator: torch.Generator,
    singles: int = 0,
    picture_weight: float = 0.0,
) -> Tensor:
    """Indices of a batch of P people × K pictures, no picture twice.

    Random pictures of random people would hardly ever bring two of the same person together; so
    people are drawn first, then pictures of each (Hermans, Beyer, Leibe 2017, 'PK batches').
    A person with fewer than K pictures gives all of them, so a batch can be smaller than P·K. A
    person with one picture can serve as a negative only.

    `singles` is for sets of faces where most people have a single picture, and hardly a pair of one
    person would be drawn otherwise: so many of them come on top of the P, who all have more than
    one. Of those, somebody with n pictures counts n to the power of `picture_weight`: at 0 all are
    drawn equally often, at 1 as if pictures were drawn.
    """
    lot = torch.randperm(len(labels), generator=generator)  # pictures in random order
    names, counts = labels.unique(return_counts=True)
    if not singles:
        return _pictures_of(_some(names, people, generator), lot, labels, pictures)
    several = counts > 1
    drawn = _likely(names[several], counts[several] ** picture_weight, people, generator)
    single = _some(names[~several], singles, generator)
    return _pictures_of(torch.cat([drawn, single]), lot, labels, pictures)


def _some(names: Tensor, count: int, generator: torch.Generator) -> Tensor:
    return names[torch.randperm(len(names), generator=generator)[:count]]


def _likely(names: Tensor, weights: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Drawn one after the other, each as likely as its weight among those that are left; by the
    keys of Efraimidis and Spirakis 2006, 'Weighted random sampling with a reservoir'."""
    keys = torch.rand(len(names), generator=generator, dtype=torch.double).log() / weights
    return names[keys.argsort(descending=True)[:count]]


def _pictures_of(people: Tensor, lot: Tensor, labels: Tensor, pictures: int) -> Tensor:
    return torch.cat([lot[labels[lot] == person][:pictures] for person in people])
