"""What is read: the faces of a SOURCE, the file of a MODEL."""

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from siamese.commands.console import note
from siamese.datasets import SOURCES, load
from siamese.faces import FaceSet


def say_which(name: str, ours: Path | None) -> None:
    """A name of ours is taken as such; where something of the user's is called so, that is said."""
    here = Path(name)
    if here.exists() and not (ours is not None and ours.exists() and here.samefile(ours)):
        note(f"{name} is the one of the lab; the one that lies here is ./{name}")


def place_of(source: str) -> Path:
    """Where a SOURCE lies."""
    from siamese.public import PUBLIC, home

    if source in PUBLIC:
        return home() / PUBLIC[source].kept
    return SOURCES.get(source) or Path(source).expanduser()


def model_file(model: str) -> Path:
    """The file of a MODEL."""
    from siamese import checkpoints

    path = checkpoints.resolved(model)
    if str(path) != str(Path(model)):
        say_which(model, path)
    return path


def read(arguments: argparse.Namespace) -> FaceSet:
    """The faces of --data, as the page *People* reads them: people told apart, faces cut out."""
    from siamese.public import PUBLIC

    source: str = arguments.data
    if source in SOURCES:
        say_which(source, SOURCES[source])
    public = PUBLIC.get(source)
    if public and not public.is_here:
        note(f"Fetching {public.label}, {public.megabytes} MB, once …")
    with contextlib.redirect_stdout(sys.stderr):  # scikit-learn speaks of its download, too
        if source in SOURCES or arguments.as_they_are:
            return load(source, people_by=arguments.people_by)
        from siamese.portraits import load_portraits

        with searching() as progress:
            return load_portraits(source, progress=progress, people_by=arguments.people_by)


@contextlib.contextmanager
def searching() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while faces are looked for, where somebody is there to see it."""
    from tqdm import tqdm

    with tqdm(disable=not sys.stderr.isatty(), desc="Finding faces", leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


def tell_of(faces: FaceSet) -> None:
    """On stderr: how people were told apart, what was cut out and what left out."""
    unsure = f" Note: {' '.join(faces.unsure)}" if faces.unsure else ""
    said = [f"People told apart {faces.told}{unsure}"] if faces.told else []
    if faces.skipped:
        said.append(f"{len(faces.skipped)} left out; the first: {faces.skipped[0]}")
    if faces.cut:
        said.append(
            f"In {faces.cut:,} of {len(faces):,} pictures the face fills little: it was found and "
            "cut out (--as-they-are leaves pictures whole)."
        )
    for sentence in said:
        note(sentence)
