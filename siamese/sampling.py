"""Labels → batches of picture indices."""

import torch
from torch import Tensor


def people_and_pictures(
    labels: Tensor, people: int, pictures: int, generator: torch.Generator
) -> Tensor:
    """Indices of a batch of P people × K pictures, no picture twice.

    Random pictures of random people would hardly ever bring two of the same person together; so
    people are drawn first, then pictures of each (Hermans, Beyer, Leibe 2017, 'PK batches').
    A person with fewer than K pictures gives all of them, so a batch can be smaller than P·K. A
    person with one picture can serve as a stranger only.
    """
    lot = torch.randperm(len(labels), generator=generator)  # pictures in random order
    names = labels.unique()
    drawn = names[torch.randperm(len(names), generator=generator)[:people]]
    return torch.cat([lot[labels[lot] == person][:pictures] for person in drawn])
