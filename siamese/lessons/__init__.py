"""Questions to predict the answer of, each with the experiment that answers it.

`task.experiment(seed)` gives the number of the choice that came true and one sentence with the
figures. The tests run every experiment on several seeds: a stated answer that the code does not
give fails them.
"""

from siamese.lessons.door import DOOR
from siamese.lessons.faces import FACES
from siamese.lessons.losses import LOSSES
from siamese.lessons.map import MAP
from siamese.lessons.margin import MARGIN
from siamese.lessons.pairs import PAIRS
from siamese.lessons.photos import PHOTOS
from siamese.lessons.task import Task
from siamese.lessons.train import TRAIN

__all__ = [
    "DOOR",
    "FACES",
    "LOSSES",
    "MAP",
    "MARGIN",
    "PAIRS",
    "PHOTOS",
    "TASKS",
    "TRAIN",
    "Task",
]

TASKS = (*LOSSES, *MARGIN, *FACES, *PHOTOS, *DOOR, *PAIRS, *MAP, *TRAIN)
