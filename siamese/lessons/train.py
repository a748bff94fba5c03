"""What training brings, predicted: the shipped net among people whom it has never met."""

from siamese.lessons.shipped import shipped_net, unseen_people
from siamese.lessons.task import Task, percent


def _new_faces(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.evaluation import evaluate_pixels
    from siamese.verification import score

    unseen, net = unseen_people(), shipped_net()
    people = np.random.default_rng(seed).permutation(len(unseen.people))[:12]
    rows = np.flatnonzero(np.isin(unseen.labels, people))
    pictures, labels = unseen.pictures[rows], unseen.labels[rows]
    codes = net.embed(pictures)
    errs = score(net.matrix(codes, codes), labels).eer
    pixels = evaluate_pixels(pictures, labels).scores.eer
    outcome = 1 if errs < 0.1 else 0 if errs > 0.8 * pixels else 2
    return outcome, (
        f"Of the pairs of 12 people who were new to it, the shipped net got {percent(errs, 1)} "
        f"wrong, and pixels {percent(pixels)}."
    )


TRAIN: tuple[Task, ...] = (
    Task(
        "train_new",
        "A net learns from 72 people. Then it looks at people whom it has **never seen**. Pixels "
        "get four in ten of their pairs wrong. And the trained net?",
        ("about as many: it knows its 72 people only", "fewer than one in ten", "about two in ten"),
        1,
        "It has not learnt these people, it has learnt what makes two photos one person.",
        _new_faces,
        controls="train_go",
    ),
)
