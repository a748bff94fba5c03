"""What a net says of two photos, predicted: one of them damaged, or one among a thousand."""

from typing import Any

from siamese.lessons.shipped import crowd
from siamese.lessons.task import Task, percent


def _damaged(seed: int, **how: Any) -> tuple[Any, Any, Any, Any]:
    """Two photos of each person whom the shipped net has never met, the second one spoilt: their
    distances in thresholds, before and after, (24,) each, under the net and under pixels."""
    import numpy as np

    from siamese.damage import Damage, damage
    from siamese.evaluation import evaluate_pixels
    from siamese.verifiers import of_pixels

    net, enrolled, outside = crowd(seed)
    first = np.stack([person.pictures[0] for person in enrolled])
    second = np.stack([pictures[0] for pictures in outside])
    spoilt = np.stack([damage(picture, Damage(**how)) for picture in second])
    everybody = np.concatenate([person.pictures for person in enrolled] + outside)
    labels = np.concatenate([np.repeat(np.arange(len(outside)), 4)] * 2)
    found = []
    for verifier in (net, of_pixels(evaluate_pixels(everybody, labels))):
        codes = verifier.embed(first)
        for other in (second, spoilt):
            found.append(
                np.diag(verifier.matrix(codes, verifier.embed(other))) / verifier.threshold
            )
    before, after, pixels_before, pixels_after = found
    return before, after, pixels_before, pixels_after


def _mirrored(seed: int) -> tuple[int, str]:
    import numpy as np

    before, after, pixels_before, pixels_after = _damaged(seed, mirror=True)
    net, pixels = np.abs(after - before).max(), np.abs(pixels_after - pixels_before).max()
    outcome = 1 if net < 1e-3 < pixels else 0 if pixels < 1e-3 < net else 2
    return outcome, (
        f"Over {len(before)} pairs the distance changed by at most {net:.2f} thresholds under the "
        f"net and by up to {pixels:.2f} under raw pixels."
    )


def _colourless(seed: int) -> tuple[int, str]:
    import numpy as np

    before, after, *_ = _damaged(seed, grey=1.0)
    most = float(np.abs(after - before).max())
    outcome = 1 if most < 0.05 else 0 if after.mean() > before.mean() else 2
    return outcome, (
        f"Over {len(before)} pairs the distance changed by at most {most:.2f} thresholds."
    )


def _darker(seed: int) -> tuple[int, str]:
    import numpy as np

    before, after, pixels_before, pixels_after = _damaged(seed, light=-1.0)
    net, pixels = np.abs(after - before).mean(), np.abs(pixels_after - pixels_before).mean()
    outcome = 0 if pixels > 2 * net else 1 if net > 2 * pixels else 2
    return outcome, (
        f"On average the distance moved by {pixels:.2f} thresholds under raw pixels and by "
        f"{net:.2f} under the net."
    )


def _blurred(seed: int) -> tuple[int, str]:
    before, after, *_ = _damaged(seed, blur=4.0)
    one, still = (before < 1).mean(), (after < 1).mean()
    outcome = 1 if still < 0.5 else 0
    return outcome, (
        f"Before, {percent(one)} of the pairs counted as one person, after it {percent(still)}."
    )


def _needle(seed: int) -> tuple[int, str]:
    verifier, enrolled, outside = crowd(seed)
    codes = [verifier.embed(pictures) for pictures in outside]
    right: list[float] = []  # for each pair, the share of enrolled pictures that match
    wrong: list[float] = []
    for owner, person in enumerate(enrolled):
        for visitor, code in enumerate(codes):
            close = verifier.matrix(code, person.under(verifier)) < verifier.threshold
            (right if owner == visitor else wrong).append(float(close.mean()))
    found, passed = sum(right) / len(right), sum(wrong) / len(wrong)
    chance = found / (found + 999 * passed)
    outcome = 0 if chance > 0.9 else 2 if chance < 0.1 else 1
    return outcome, (
        f"The net lets {percent(passed, 1)} of the strangers pass, some {999 * passed:.0f} of "
        f"999, and finds the right one {percent(found)} of the time: a hit is right with a chance "
        f"of {percent(chance, 1)}."
    )


PHOTOS: tuple[Task, ...] = (
    Task(
        "photo_mirror",
        "One of two photos is mirrored. Under whom does the distance stay as it was?",
        ("raw pixels", "the shipped net", "neither: a mirrored face is another face"),
        1,
        "An embedding here is the mean over a face and its mirror image, so the two are the same "
        "to it.",
        _mirrored,
    ),
    Task(
        "photo_grey",
        "All colour is taken out of one photo. What does the distance under the shipped net do?",
        ("It grows", "Next to nothing", "It falls"),
        1,
        "This net looks at grey pictures anyway, it never sees a colour.",
        _colourless,
    ),
    Task(
        "photo_dark",
        "One of two photos is taken with half the light. Whose distance moves more, in thresholds?",
        ("that of raw pixels", "that of the shipped net", "both alike"),
        0,
        "The net brings each picture to the same brightness and contrast before it looks.",
        _darker,
    ),
    Task(
        "photo_blur",
        "Two photos of one person; one is blurred until eyes and mouth are mere shadows. What does "
        "the shipped net mostly say?",
        ("still one person", "two people"),
        1,
        "What it goes by is gone, and it has never met a blurred face: a large distance does not "
        "prove that it is somebody else.",
        _blurred,
    ),
    Task(
        "photo_needle",
        "One person among 1,000 is looked for. Of a photo the shipped net, which is wrong on some "
        "2 % of the strangers, says: below the threshold. How likely is it the right one?",
        ("98 %", "about one half", "less than 10 %"),
        2,
        "A small share of very many strangers is still far more than one person: the base rate "
        "decides.",
        _needle,
    ),
)
