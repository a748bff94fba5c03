"""What moves a face in the space, predicted: photos from the studio under nets and raw pixels."""

from dataclasses import replace
from typing import Any

from siamese.lessons.shipped import shipped_net
from siamese.lessons.task import Task, percent


def _studio(seed: int) -> tuple[Any, Any, Any]:
    """The studio, the shipped net, and a made-up person's plain photo."""
    from siamese import studio

    return studio, shipped_net(), studio.Shot(studio.person(8000 + seed))


def _nuisance(field: str) -> Any:
    from siamese.studio import NUISANCES

    return next(nuisance for nuisance in NUISANCES if nuisance.field == field)


def _brighter(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.networks import embed_pixels

    studio, _, shot = _studio(seed)
    exposure = _nuisance("exposure")
    reference, brighter = studio.photos(shot.who, [shot.scene, *exposure.at([1.5])], studio.QUICK)
    there = studio.others(shot)[:, -1]  # the end of each way: wholly another person
    moved = float(studio.distances(embed_pixels, reference, brighter[None])[0])
    others = studio.distances(embed_pixels, reference, there)
    outcome = 0 if moved > np.mean(others) else 1
    return outcome, (
        f"Raw pixels: {moved:.1f} to the brighter photo, {np.mean(others):.1f} on average to "
        f"{len(others)} other people in the same light."
    )


def _turned_or_another(seed: int) -> tuple[int, str]:
    studio, verifier, shot = _studio(seed)
    found = studio.sweep(shot, replace(_nuisance("yaw"), low=-20, high=20), [verifier], count=3)
    own, other = found.distances[verifier.name][-1], found.other[-1]
    outcome = 1 if other > 1.1 * own else 2 if other > 0.9 * own else 0
    return outcome, (
        f"In thresholds of the net: {own:.2f} to the turned photo, {other:.2f} to people who "
        f"differ as much in pixels ({found.pixels[-1]:.1f})."
    )


def _never_taught(seed: int) -> tuple[int, str]:
    import torch

    from siamese import config, training
    from siamese.networks import embed_pixels
    from siamese.verifiers import of_state

    studio, _, shot = _studio(seed)
    exposure = _nuisance("exposure")
    shown = studio.photos(shot.who, [shot.scene, *exposure.at([-1.0])], studio.QUICK)
    other = studio.others(shot)[0, -1]
    untrained = of_state(training.start(config.preset("triplet", seed=seed)), None, "", "")
    shares = []
    for look in (embed_pixels, untrained.embed):
        with torch.no_grad():
            moved, far = studio.distances(look, shown[0], [shown[1], other])
        shares.append(moved / far)
    outcome = 0 if shares[1] < 0.5 * shares[0] else 1
    return outcome, (
        f"Measured by the distance to another person, a stop less light moves the photo by "
        f"{percent(shares[0])} in raw pixels and by {percent(shares[1])} under random weights."
    )


def _smile_or_turn(seed: int) -> tuple[int, str]:
    studio, verifier, shot = _studio(seed)

    def moved_by(nuisance: Any) -> float:
        scenes = nuisance.at([nuisance.high])
        shown = studio.photos(shot.who, [shot.scene, *scenes], studio.QUICK)
        return float(studio.relative(verifier, shown[0], shown[1:])[0])

    smile, turn = moved_by(_nuisance("smile")), moved_by(_nuisance("yaw"))
    return int(turn > smile), (
        f"The broadest smile moves the photo by {smile:.2f} thresholds, a turn of the head by 40° "
        f"by {turn:.2f}."
    )


FACES: tuple[Task, ...] = (
    Task(
        "faces-light",
        "The same photo one and a half stops brighter, or another person in the same light: which "
        "differs more in raw pixels?",
        ("the brighter photo", "the other person"),
        0,
        "Light changes every pixel, a face only some of them: so pixels tell light, not people.",
        _brighter,
        controls="faces_exposure",
    ),
    Task(
        "faces-turn",
        "The head turned by 20°, and strangers who differ by just as many grey levels. Whom does "
        "the trained net put further away?",
        ("the turned head", "the strangers", "both alike: they differ as much"),
        1,
        "The net has learnt which differences are somebody else and which are only another photo.",
        _turned_or_another,
        controls="faces_yaw",
    ),
    Task(
        "faces-random",
        "A net with random weights, which has never seen a face. Is it as easily led astray by a "
        "darker photo as raw pixels are?",
        ("hardly: far less than pixels", "just as easily"),
        0,
        "Each picture is brought to the same mean and spread before the first layer: what one "
        "knows one need not learn.",
        _never_taught,
    ),
    Task(
        "faces-smile",
        "Which moves the trained net more: the broadest smile, or a turn of the head by 40°?",
        ("the smile", "the turn"),
        1,
        "A smile moves a few pixels about the mouth, a turn hides half of the face and shows "
        "another side of it.",
        _smile_or_turn,
        controls="faces_smile faces_yaw",
    ),
)
