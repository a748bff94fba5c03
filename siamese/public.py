"""Public sets of real faces, through scikit-learn: fetched once, on request, and kept on disk.

Whoever asks for one of them downloads it from the internet; nothing of it comes with this project.
`Fetch` does it beside whatever else is going on, and says how far it is.
"""

import errno
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from siamese.faces import SIZE, DataError, FaceSet, counted

Greys = NDArray[np.float32]

# LFW has the face in the middle of 250 × 250 pixels. This square of it frames the head as the
# built-in people are framed.
HEAD = (slice(36, 196), slice(45, 205))
QUIET = 20.0  # seconds without a byte after which one may ask whether there is internet at all


@dataclass(frozen=True)
class PublicSet:
    """What somebody should know before fetching it."""

    name: str  # a key of `SOURCES`
    label: str  # as on the screen
    people: int
    pictures: int
    megabytes: int  # to download
    about: str  # sentences, with whom to credit
    folder: str  # what is downloaded, below scikit-learn's folder, lies here
    file: str  # the downloaded file, while it is there
    kept: str  # what shows that it is on this machine, below scikit-learn's folder
    images: Callable[[Path, bool], tuple[Greys, NDArray[np.int64], list[str]]]

    @property
    def is_here(self) -> bool:
        """True where there is nothing left to download."""
        return (home() / self.kept).exists() and not self.archive.exists()

    @property
    def downloaded(self) -> float:
        """Bytes of a download that is under way; 0 where there is none."""
        parts = list((home() / self.folder).glob(f"{self.file}.part_*"))
        return float(max((_size(part) for part in parts), default=0))

    @property
    def archive(self) -> Path:
        """The downloaded file, until it is unpacked."""
        return home() / self.folder / self.file


def home() -> Path:
    """Where scikit-learn keeps its data sets."""
    return Path(os.environ.get("SCIKIT_LEARN_DATA") or "~/scikit_learn_data").expanduser()


def _olivetti(place: Path, download: bool) -> tuple[Greys, NDArray[np.int64], list[str]]:
    from sklearn.datasets import fetch_olivetti_faces

    found = fetch_olivetti_faces(
        data_home=place, download_if_missing=download, n_retries=1, delay=0.5
    )
    return found.images, found.target, [f"s{number}" for number in range(1, 41)]


def _lfw(place: Path, download: bool) -> tuple[Greys, NDArray[np.int64], list[str]]:
    from sklearn.datasets import fetch_lfw_people

    found = fetch_lfw_people(
        data_home=place,
        slice_=HEAD,
        resize=SIZE / (HEAD[0].stop - HEAD[0].start),
        download_if_missing=download,
        n_retries=1,
        delay=0.5,
    )
    return found.images, found.target, [str(name) for name in found.target_names]


PUBLIC: dict[str, PublicSet] = {
    "olivetti": PublicSet(
        *("olivetti", "Olivetti (AT&T)", 40, 400, 4),
        about="Forty people of a laboratory in Cambridge, ten grey pictures each, taken 1992 to "
        "1994 before a dark wall. Please credit AT&T Laboratories Cambridge.",
        folder="",
        file="olivettifaces.mat",
        kept="olivetti_py3.pkz",
        images=_olivetti,
    ),
    "lfw": PublicSet(
        *("lfw", "Labeled Faces in the Wild", 5749, 13_233, 233),
        about="Press photos of well-known people, most of them with a single picture. Nobody asked "
        "them, and men of the United States outnumber everybody else: what a net learns from them "
        "fits others less well. Please credit Huang, Ramesh, Berg and Learned-Miller 2007.",
        folder="lfw_home",
        file="lfw-funneled.tgz",
        kept="lfw_home/lfw_funneled",
        images=_lfw,
    ),
}


def fetch(name: str, size: int = SIZE, *, download: bool = True) -> FaceSet:
    """The faces of a set of `PUBLIC`, grey, as RGB pictures of so many pixels a side.

    Raises `DataError` where it cannot be had, with the reason.
    """
    public = PUBLIC[name]
    try:
        images, target, people = public.images(home(), download)
    except Exception as error:  # from the network, the disk, or a file that was cut short
        raise DataError(_why_not(public, error)) from error
    order = np.argsort(target, kind="stable")
    present, labels = np.unique(target[order], return_inverse=True)
    scale = 255 if images.max() <= 1 else 1
    pictures = np.empty((len(order), size, size, 3), np.uint8)
    for row, number in enumerate(order):
        grey = Image.fromarray((images[number] * scale + 0.5).astype(np.uint8))
        pictures[row] = np.asarray(grey.resize((size, size), Image.Resampling.BICUBIC))[..., None]
    names = tuple(people[person] for person in present)
    rank = np.arange(len(labels)) - np.searchsorted(labels, labels)  # within a person
    files = (f"{names[p]}/{n + 1:02}.jpg" for p, n in zip(labels, rank, strict=True))
    missing = public.pictures - len(pictures)
    skipped = (
        f"{public.label} has {public.pictures:,} pictures, and {len(pictures):,} are here: "
        f"unpacking was cut short, perhaps. Delete {home() / public.kept} and fetch it again.",
    )
    return FaceSet(
        *(pictures, labels.astype(np.int64), names, tuple(files)),
        skipped=skipped if missing > 0 else (),
        told=f"by the list of the set: {counted(names)}",
    )


def _why_not(public: PublicSet, error: Exception) -> str:
    """What is wrong and what to do, in a sentence."""
    what = f"{public.label} cannot be fetched"
    if isinstance(error, HTTPError):
        return f"{what}: the archive that keeps it answers with error {error.code}. Try it later."
    if isinstance(error, URLError | TimeoutError | ConnectionError | UserWarning):
        return (
            f"{what}: this machine has no internet, or may not use it. The {public.megabytes} MB "
            "are needed once."
        )
    if isinstance(error, OSError) and error.errno in {errno.EACCES, errno.EROFS, errno.ENOSPC}:
        return f"{what}: {home()} cannot be written to ({os.strerror(error.errno)})."
    if isinstance(error, OSError) and not public.is_here:
        return f"{what}: the download did not come through whole. Try it again."
    return (
        f"{what}: the copy in {home() / public.kept} is damaged. Delete it and fetch the set again."
    )


class Fetch:
    """A public set on its way, in a thread of its own. Anybody may watch; it cannot be hurried."""

    def __init__(self, name: str) -> None:
        self.public = PUBLIC[name]
        self.faces: FaceSet | None = None
        self.problem = ""  # a sentence, where it came to nothing
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._work, daemon=True, name=f"fetch {name}")
        self._thread.start()

    @property
    def done(self) -> bool:
        return self.faces is not None or bool(self.problem)

    def wait(self, seconds: float | None = None) -> "Fetch":
        self._thread.join(seconds)
        return self

    def progress(self) -> tuple[float, str]:
        """How far it is, 0 … 1, and what is being done, in words."""
        public, bytes_ = self.public, self.public.downloaded
        if bytes_:
            so_far = bytes_ / 1e6
            words = f"Downloading … {so_far:,.0f} of {public.megabytes} MB"
            return min(0.8, 0.8 * so_far / public.megabytes), words
        if public.is_here:
            return 0.9, f"Reading {public.pictures:,} pictures …"
        if public.archive.exists():
            folders = _entries(home() / public.kept)
            words = f"Unpacking … {folders:,} of {public.people:,} people"
            return 0.8 + 0.1 * min(1.0, folders / public.people), words
        if time.monotonic() - self._began > QUIET:
            return 0.0, "Still no answer: does this machine have internet? It keeps trying."
        return 0.0, "Asking the archive for it …"

    def _work(self) -> None:
        try:
            self.faces = _frozen(fetch(self.public.name))
        except DataError as error:
            self.problem = str(error)
        except MemoryError:
            self.problem = f"{self.public.label} does not fit into the memory of this machine."


def _frozen(faces: FaceSet) -> FaceSet:
    """Read-only: several visitors share it."""
    faces.pictures.setflags(write=False)
    faces.labels.setflags(write=False)
    return faces


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # it has just been renamed
        return 0


def _entries(folder: Path) -> int:
    try:
        return len(os.listdir(folder))
    except OSError:
        return 0
