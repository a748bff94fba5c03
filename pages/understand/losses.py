"""Losses: formula, picture, live numbers."""

from pages.ui.frame import next_pages, opening, predict
from pages.ui.link import copy_link
from pages.ui.losses import lab
from pages.ui.losses.lessons import roots, slip
from pages.ui.parts import Part, one_part
from siamese import lessons

opening(
    "What is a net punished for?",
    "A loss is a number that says how wrong a distance is. Its **slope** says which way the faces "
    "have to move, and how hard.",
)
lab.lab(lab.choose_loss())
copy_link()
one_part(
    {
        "Squared or plain? Free or on the sphere?": Part(roots),
        "A slip of the pen": Part(slip, "losses_slip"),
    },
    "losses_part",
)
predict(lessons.LOSSES)
next_pages(
    {
        "pages/understand/margin.py": "Let a loss move points",
        "pages/train/train.py": "Train a net with it",
    }
)
