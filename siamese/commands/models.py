"""Who is asked, by a MODEL: a file, a net that comes with the lab, or the industrial one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from siamese.commands.console import note
from siamese.commands.options import REFERENCE
from siamese.commands.sources import model_file, say_which

if TYPE_CHECKING:  # torch takes seconds to import, `--help` should not
    from siamese.checkpoints import Checkpoint
    from siamese.faces import FaceSet
    from siamese.verifiers import Verifier


@dataclass(frozen=True, eq=False)
class Model:
    """A net that can be asked."""

    verifier: Verifier
    path: Path | None  # None where it is no file of ours
    checkpoint: Checkpoint | None = None  # likewise

    @property
    def trained_on(self) -> frozenset[str]:
        """Short hashes of whom it has learnt from, as far as that is known."""
        return frozenset(self.checkpoint.trained_on) if self.checkpoint else frozenset()

    def only_new(self, faces: FaceSet) -> FaceSet:
        """The people from whom it has not learnt. DataError where there are none."""
        from siamese.experiment import only_new

        return only_new(faces, self.checkpoint) if self.checkpoint else faces


def asked(model: str, device: str = "cpu") -> Model:
    """The net of a MODEL, computed on one of `settings.DEVICES`; the industrial one always on the
    processor. ValueError where there is none such."""
    if model == REFERENCE:
        return _reference()
    from siamese import checkpoints, verifiers
    from siamese.devices import device_of

    path = model_file(model)
    file = checkpoints.load(path)
    return Model(verifiers.of_checkpoint(file, path.stem, "", device_of(device)), path, file)


def _reference() -> Model:
    from siamese import reference

    say_which(REFERENCE, None)
    return Model(reference.reference(), None)


def say_whose_threshold(model: Model) -> None:
    """On stderr, on whom the threshold of the industrial network was found."""
    if model.checkpoint:
        return
    from siamese import real_people, reference

    people = real_people.measured(REFERENCE).people
    note(
        f"{reference.NAME}: threshold and errors are those on {people:,} real people (LFW); the "
        f"threshold that OpenCV publishes is {reference.PUBLISHED}."
    )


def say_that_all_count_as_new(model: Model) -> None:
    """On stderr, that nobody outside knows whom the industrial network has learnt from."""
    if not model.checkpoint:
        note("From whom SFace has learnt is not told by its makers: everybody counts as new to it.")
