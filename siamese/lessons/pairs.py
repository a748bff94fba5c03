"""What a threshold does, predicted: pairs of faces under the shipped net."""

from functools import lru_cache
from typing import Any

from siamese.lessons.shipped import shipped_net, unseen_people
from siamese.lessons.task import Task


def _half(seed: int) -> tuple[Any, Any, Any]:
    """Under the shipped net: all pairs of half of the people, drawn by chance, whom it has never
    met; and, of all of those people, the distance matrix (N, N) and the labels (N,)."""
    import numpy as np

    from siamese.pairs import all_pairs

    matrix, labels = _shipped_matrix()
    rows = _chosen(labels, seed)
    return all_pairs(matrix[np.ix_(rows, rows)], labels[rows]), matrix, labels


def _chosen(labels: Any, seed: int) -> Any:
    """Which of the pictures (N,) show one of 12 people, drawn by chance."""
    import numpy as np

    return np.isin(labels, np.random.default_rng(seed).permutation(np.unique(labels))[:12])


@lru_cache(maxsize=1)
def _shipped_matrix() -> tuple[Any, Any]:
    """Distances between pictures of 24 people, (192, 192), and who they are, (192,)."""
    faces, verifier = unseen_people(), shipped_net()
    code = verifier.embed(faces.pictures)
    return verifier.matrix(code, code), faces.labels


def _price_of_care(seed: int) -> tuple[int, str]:
    pairs = _half(seed)[0]
    error, threshold = pairs.equal_error
    same, different = pairs.distances
    strict = different[int(error / 10 * len(different))]
    before, after = (float((same >= at).mean()) for at in (threshold, strict))
    outcome = 0 if after < 1.5 * before else 1 if after < 10 * before else 2
    return outcome, (
        f"On 12 people whom it has never met, {100 * before:.1f} % of the pairs of one person were "
        f"rejected before and {100 * after:.1f} % after."
    )


def _many_strangers(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.pairs import all_pairs

    everybody = all_pairs(*_shipped_matrix())
    threshold = everybody.equal_error[1]
    usual = everybody.rates(threshold).precision
    halves = [_half(20 * seed + draw)[0].rates(threshold).precision for draw in range(20)]
    few = float(np.mean(halves))
    outcome = 0 if few > usual + 0.02 else 1 if few >= usual - 0.02 else 2
    return outcome, (
        f"Among all 24 people {100 * usual:.0f} in 100 accepted pairs are right, and among 12 of "
        f"them {100 * few:.0f}, the mean of 20 drawings."
    )


def _nothing_happened(seed: int) -> tuple[int, str]:
    import numpy as np

    silent = float((np.random.default_rng(seed).binomial(100, 0.01, 5000) == 0).mean())
    outcome = 0 if silent < 0.05 else 1 if silent < 0.7 else 2
    return outcome, f"In {100 * silent:.0f} % of 5,000 such tests there was not one false accept."


def _promise_kept(seed: int) -> tuple[int, str]:
    from siamese.pairs import trial

    _, matrix, labels = _half(seed)
    told = [trial(matrix, labels, 0.01, 20 * seed + draw) for draw in range(20)]
    broken = sum(one.got.far > 0.01 for one in told)
    outcome = 0 if broken == 0 else 2 if broken == len(told) else 1
    worst = max(one.got.far for one in told)
    return outcome, (
        f"In {broken} of 20 drawings more than 1 in 100 got in, at worst {100 * worst:.1f} in 100."
    )


def _few_lookalikes(seed: int) -> tuple[int, str]:
    import numpy as np

    pairs, matrix, labels = _half(seed)
    rows = np.flatnonzero(_chosen(labels, seed))
    threshold = pairs.equal_error[1]
    i, j = (rows[side] for side in np.triu_indices(len(rows), 1))
    wrong = (labels[i] != labels[j]) & (matrix[i, j] < threshold)
    spread = len(
        {tuple(sorted(pair)) for pair in zip(labels[i[wrong]], labels[j[wrong]], strict=True)}
    )
    outcome = 0 if spread > 44 else 1 if spread > 22 else 2
    return outcome, (
        f"{wrong.sum()} pairs of photos are accepted wrongly, all of them from {spread} of the 66 "
        "pairs of people."
    )


PAIRS: tuple[Task, ...] = (
    Task(
        "pairs_price",
        "The threshold is moved from where both errors are equally frequent to where ten "
        "times fewer strangers are accepted. How many more pairs of one person are rejected?",
        ("hardly more", "some times as many, but not ten times", "ten times as many"),
        1,
        "The two errors do not trade one for one: how steeply depends on how the two hills of "
        "distances fall.",
        _price_of_care,
    ),
    Task(
        "pairs_precision",
        "With the shipped net and the 24 people whom it has never met, two in three of the pairs "
        "that it accepts are right where both errors are equally frequent: the page says so. Now "
        "12 of these people are drawn by lot, and the threshold stays. What share is right among "
        "the 12?",
        ("a larger share", "the same share", "a smaller share"),
        0,
        "Half as many people make half as many pairs of one person, but only a quarter as many "
        "pairs of strangers: what share of the accepted is right depends on who comes.",
        _many_strangers,
    ),
    Task(
        "pairs_silent",
        "A lock lets in 1 stranger in 100. You test it with 100 pairs of strangers. How "
        "often does the test show no error at all?",
        ("hardly ever", "in about a third of the tests", "nearly always"),
        1,
        "No error in n pairs only says that the rate is probably below 3/n.",
        _nothing_happened,
    ),
    Task(
        "pairs_trial",
        "A threshold lets in at most 1 stranger in 100 on half of the people. And on the "
        "other half?",
        ("no more than that", "more in some drawings", "more in every drawing"),
        1,
        "A threshold is fitted to the people it was chosen on, and others are others.",
        _promise_kept,
    ),
    Task(
        "pairs_few",
        "12 people make 66 pairs of people. Over how many of these 66 are the wrongly "
        "accepted pairs of photos spread?",
        ("most of them", "about half", "fewer than a third"),
        2,
        "Errors are not spread evenly: a few people are much alike to the net, and nearly all "
        "errors are theirs.",
        _few_lookalikes,
    ),
)
