"""What a flat map keeps, predicted: embeddings, and where they lie on it."""

from typing import Any

from siamese.lessons.shipped import shipped_net, unseen_people
from siamese.lessons.task import Task


def _unseen(seed: int, people: int = 16) -> tuple[Any, Any, Any]:
    """The shipped net's embeddings (N, D) of some people it has never met, their labels (N,), and
    the distances (N, N)."""
    import numpy as np

    verifier, unseen = shipped_net(), unseen_people()
    chosen = np.random.default_rng(seed).permutation(len(unseen.people))[:people]
    rows = np.flatnonzero(np.isin(unseen.labels, chosen))
    e = verifier.embed(unseen.pictures[rows])
    return e.numpy(), unseen.labels[rows], verifier.matrix(e, e)


def _agreement(matrix: Any, placed: Any) -> float:
    """Share of the rows whose nearest by a distance matrix (N, N) is also the nearest of the dots
    (N, 2)."""
    import numpy as np

    on_map = np.linalg.norm(placed[:, None] - placed[None], axis=-1)
    here, there = (np.where(np.eye(len(one)), np.inf, one).argmin(1) for one in (matrix, on_map))
    return float((here == there).mean())


def _which_map(seed: int) -> tuple[int, str]:
    from siamese.projection import project

    e, _, matrix = _unseen(seed)
    pca, tsne = (_agreement(matrix, project(e, kind, seed=seed)) for kind in ("pca", "tsne"))
    return int(tsne > pca), (
        f"The nearest dot is the nearest face for {100 * pca:.0f} % of the photos on the map by "
        f"PCA and for {100 * tsne:.0f} % on the map by t-SNE."
    )


def _next_on_paper(seed: int) -> tuple[int, str]:
    from siamese.projection import project

    e, _, matrix = _unseen(seed)
    share = _agreement(matrix, project(e, "pca"))
    outcome = 0 if share > 0.9 else 1 if share >= 0.5 else 2
    return outcome, f"For {100 * share:.0f} % of the photos it is the same face."


def _all_of_them(seed: int) -> tuple[int, str]:
    from siamese.verification import map_at_r, rank1

    _, labels, matrix = _unseen(seed)
    first, all_others = rank1(matrix, labels), map_at_r(matrix, labels)
    return int(all_others < first - 0.005), (
        f"The nearest is right for {100 * first:.0f} % of the photos; MAP@R, which looks at all "
        f"seven, is {all_others:.3f}."
    )


def _nobody_here(seed: int) -> tuple[int, str]:
    import numpy as np

    _, labels, matrix = _unseen(seed, people=24)
    people = np.random.default_rng(seed).permutation(np.unique(labels))
    others = np.flatnonzero(~np.isin(labels, people[:8]))  # eight people stay away
    newcomers = [int(np.flatnonzero(labels == who)[0]) for who in people[:8]]
    alike = float(np.median([np.sort(row)[1] for row in matrix]))  # of a photo to its nearest
    there = float(np.median([matrix[one, others].min() for one in newcomers]))
    return int(there > 1.5 * alike), (
        f"Of eight newcomers, the nearest face is {there:.2f} away in the median; photos usually "
        f"have their next at {alike:.2f}."
    )


MAP: tuple[Task, ...] = (
    Task(
        "map_which",
        "Two flat maps of the same embeddings, by PCA and by t-SNE. On which is the nearest dot "
        "more often the nearest face of the space as well?",
        ("PCA", "t-SNE"),
        1,
        "t-SNE is made to keep neighbours together; PCA keeps the two directions in which the "
        "embeddings differ most, whoever is neighbour of whom.",
        _which_map,
        controls="map_method",
    ),
    Task(
        "map_next",
        "PCA puts the space, 64 numbers, on a flat map. Is the nearest dot also the nearest face "
        "in the space?",
        ("Nearly always", "For most of the photos", "For fewer than half of them"),
        2,
        "Two directions cannot hold what 64 tell apart: ask the space, not the map.",
        _next_on_paper,
        controls="map_method",
    ),
    Task(
        "map_all",
        "Each person has eight photos here, and under the shipped net the photo nearest to a photo "
        "nearly always shows the same person. And the seven nearest: are they as often the seven "
        "others of that person?",
        ("Yes, as often", "No, strangers are among them more often"),
        1,
        "One near friend is enough for the nearest neighbour to be right; MAP@R asks for all.",
        _all_of_them,
    ),
    Task(
        "map_newcomer",
        "A photo of somebody new comes in, and nobody in the space is that person. How far away is "
        "the nearest face there?",
        ("About as far as a photo usually has its next", "Clearly further"),
        1,
        "The distance in the space can tell that somebody is new; a dot on a map cannot.",
        _nobody_here,
    ),
)
