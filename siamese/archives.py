"""A folder or a zip of pictures → its files one by one, each with its path inside.

A zip is read as it lies: nothing is ever written to disk, and nothing it says of itself is
believed, neither its names nor its sizes.
"""

import os
import re
import stat
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from siamese import zipnames
from siamese.faces import DataError
from siamese.images import MAX_BYTES, PictureError, spoken

MAX_ENTRIES = 60_000  # three times the pictures a set may have: folders and companions count too
MAX_UNPACKED = 2_000_000_000  # bytes in all; some fifty thousand ordinary face crops
MAX_RATIO = 200  # unpacked : packed of a whole zip; pictures hardly shrink, bombs go past 1000
SMALL = 50_000_000  # bytes that may be unpacked at any ratio: text-like PGM or blank BMP pictures
MAX_DIRECTORY = 10_000_000  # bytes of a zip's table of contents: 150 for each entry are plenty

# Files that ride along with pictures; they are left out without a word.
COMPANIONS = {".txt", ".md", ".csv", ".tsv", ".json", ".xml", ".html", ".pdf", ".ini", ".db"}
COMPANIONS |= {".aae", ".xmp", ".thm", ".url", ".lnk"}
_COMPANION_NAMES = re.compile(r"(readme|license|licence|copying)\b", re.IGNORECASE)
# Files that say who is on which picture: `identity_CelebA.txt`, `labels.csv`.
_LISTS = re.compile(
    r"(identit|labels?\b|people\b|persons?\b|names?\b|dataset\b)[\w -]*\.(txt|csv|tsv)", re.I
)
# Folders that programs and devices put beside photos; what lies in them is no photo of its own.
_PROGRAMS = re.compile(
    r"\..*|__MACOSX.*|@eaDir|@__thumb|@Recycle|@Recently-Snapshot|#recycle|#snapshot|\$RECYCLE\.BIN|RECYCLER"
    r"|System Volume Information|lost\+found|Network Trash Folder|Temporary Items|_vti_\w+"
    r"|__pycache__|node_modules|LOST\.DIR|_gsdata_",
    re.IGNORECASE,
)
_THUMBNAILS = re.compile(
    r"[._]?(thumbs?|thumbnails?|picasaoriginals|faststone|xnview|previews?)", re.I
)
MARK = b"siamese: person/picture"  # comment of a zip of ours: its folders are people

_ARCHIVES = {".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".xz", ".bz2"}
_UNPACKABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


@dataclass(frozen=True)
class File:
    """One file of a folder, a zip or an upload. `read` raises `PictureError` where it cannot."""

    path: PurePosixPath  # below the folder or the zip
    read: Callable[[], bytes]
    is_astray: bool = False  # points outside of its zip: to read it says so


def natural(name: str) -> tuple[tuple[str, ...], str]:
    """Sorting key that puts `s2` before `s10`, the same on every file system."""
    parts = re.split(r"(\d+)", unicodedata.normalize("NFC", name).casefold())
    parts[1::2] = [f"{len(digits.lstrip('0')):09d}{digits.lstrip('0')}" for digits in parts[1::2]]
    return tuple(parts), name


class Files(list[File]):
    """The files of a folder or a zip, in natural order."""

    is_ours = False  # True for a zip that this lab wrote


def is_list(path: PurePosixPath) -> bool:
    """True for a file that may say in words who is on which picture."""
    return bool(_LISTS.match(path.name))


@contextmanager
def opened(source: Path | BinaryIO, name: str) -> Iterator[Files]:
    """The files of a folder or a zip, in natural order; they can be read until the block ends."""
    if not isinstance(source, Path):
        with _zip(source, name) as files:
            yield files
    elif source.is_dir():
        yield _sorted(_in_folder(source))
    elif source.is_file():
        with source.open("rb") as stream, _zip(stream, name) as files:
            yield files
    else:
        raise DataError(f"There is no folder or zip called {name}: check how it is written.")


def _sorted(files: Iterable[File]) -> Files:
    wanted = [
        file for file in files if not _is_programs(file.path) and not _is_companion(file.path)
    ]
    photos = [file for file in wanted if not any(map(_THUMBNAILS.fullmatch, file.path.parts[:-1]))]
    wanted = photos or wanted  # a set of nothing but thumbnails is one
    return Files(sorted(wanted, key=lambda file: [natural(part) for part in file.path.parts]))


def _is_programs(path: PurePosixPath) -> bool:
    """True in a folder that no person made, and for hidden files."""
    folders = [part for part in path.parts if part != ".."]
    return any(map(_PROGRAMS.fullmatch, folders[:-1])) or path.name.startswith((".", "__MACOSX"))


def _is_companion(path: PurePosixPath) -> bool:
    return not is_list(path) and _rides_along(path)


def _rides_along(path: PurePosixPath) -> bool:
    return path.suffix.lower() in COMPANIONS or bool(_COMPANION_NAMES.match(path.name))


def _in_folder(folder: Path) -> list[File]:
    files = []
    entered = set()
    for here, below, names in os.walk(folder, followlinks=True):
        entered.add(os.path.realpath(here))
        below[:] = [d for d in below if os.path.realpath(os.path.join(here, d)) not in entered]
        for name in names:
            file = Path(here, name)
            if file.is_file():  # not a pipe or a socket, which would wait for ever
                path = PurePosixPath(file.relative_to(folder).as_posix())
                files.append(File(path, partial(_read, file)))
    return _legible(files)


def _legible(files: list[File]) -> list[File]:
    """Names that are no UTF-8 (Python keeps their bytes as surrogates) as they were meant. A name
    that would then be another's stays as it is: two people never become one."""
    parts = {part for file in files for part in file.path.parts}
    odd = {part: os.fsencode(part) for part in parts if not part.isascii() and _is_undecoded(part)}
    encoding = zipnames.guess(list(odd.values()))
    meant = {part: raw.decode(encoding, "surrogateescape") for part, raw in odd.items()}
    counts = Counter([*meant.values(), *(parts - meant.keys())])
    told = {part: name for part, name in meant.items() if counts[name] == 1 and "/" not in name}
    return [
        File(PurePosixPath(*[told.get(part, part) for part in file.path.parts]), file.read)
        for file in files
    ]


def _is_undecoded(text: str) -> bool:
    return any("\udc80" <= sign <= "\udcff" for sign in text)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)  # one more than allowed, so that it is noticed
    except OSError:
        raise PictureError(
            f"{spoken(str(file))} cannot be opened: see whether you may read it."
        ) from None


class _Bounded:
    """A stream that refuses the one read by which a forged zip fills the memory: its directory."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1, /) -> bytes:
        if size > MAX_DIRECTORY:
            raise DataError("too many entries")
        return self.stream.read(size)


@contextmanager
def _zip(stream: BinaryIO, name: str) -> Iterator[Files]:
    try:
        packed = stream.seek(0, os.SEEK_END)
        archive = zipfile.ZipFile(_Bounded(stream))
    except DataError:
        raise DataError(_too_many(name)) from None
    except Exception:  # a forged zip makes zipfile raise nearly anything
        raise DataError(
            f"{name} is not a zip that can be opened: pack the folder as .zip once more."
        ) from None
    with archive:
        files = _sorted(_in_zip(archive, packed, name))
        files.is_ours = archive.comment == MARK
        yield files


def _in_zip(archive: zipfile.ZipFile, packed: int, name: str) -> list[File]:
    entries = [entry for entry in archive.infolist() if not _is_folder(entry)]
    unpacked = sum(entry.file_size for entry in entries)
    if len(archive.infolist()) > MAX_ENTRIES:
        raise DataError(_too_many(name))
    if unpacked > MAX_UNPACKED or unpacked > max(SMALL, MAX_RATIO * packed):
        raise DataError(
            f"{name} would unpack to {unpacked / 1e6:,.0f} MB, far more than pictures need: "
            "pack only the pictures, and fewer of them."
        )
    if entries and all(entry.flag_bits & 1 for entry in entries):
        raise DataError(f"{name} is locked with a password: pack it once more without one.")
    paths = [_path(told) for told in zipnames.names(entries)]
    lost = {path for path, count in Counter(paths).items() if count > 1 and "?" in str(path)}
    return [
        File(
            path,
            partial(_nameless if path in lost else _unpack, archive, entry, path),
            _is_astray(path),
        )
        for path, entry in zip(paths, entries, strict=True)
    ]


def _is_astray(path: PurePosixPath) -> bool:
    return path.is_absolute() or ".." in path.parts or bool(re.match(r"[A-Za-z]:", str(path)))


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename
    return name.endswith("/") or (name.endswith("\\") and not entry.file_size)


def _path(name: str) -> PurePosixPath:
    """The path that a name in a zip stands for. Some Windows programs write \\ between folders;
    where there is a / as well, it is a part of a name."""
    return PurePosixPath(name if "/" in name else name.replace("\\", "/"))


def _nameless(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: PurePosixPath) -> bytes:
    raise PictureError(
        f"{spoken(str(path))} stands for several files: their names were lost when the zip was "
        "packed, so pack it once more with another program."
    )


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: PurePosixPath) -> bytes:
    name = spoken(str(path))
    if _is_astray(path):
        raise PictureError(f"{name} points outside the zip: pack the folder itself.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise PictureError(f"{name} is a link, not a picture: pack the picture itself.")
    if path.suffix.lower() in _ARCHIVES:
        raise PictureError(f"{name} is an archive inside the zip: unpack it first.")
    if entry.flag_bits & 1:
        raise PictureError(f"{name} is locked with a password: pack it once more without one.")
    if entry.compress_type not in _UNPACKABLE:
        raise PictureError(f"{name} is packed in an unusual way: pack it as an ordinary zip.")
    if entry.file_size > MAX_BYTES:
        raise PictureError(f"{name} has more than {MAX_BYTES / 1e6:.0f} MB: save it smaller.")
    try:
        with archive.open(entry) as stream:
            return stream.read(MAX_BYTES + 1)
    except Exception:  # the same
        raise PictureError(
            f"{name} is damaged inside the zip: pack it once more, or take another picture."
        ) from None


def _too_many(name: str) -> str:
    return f"{name} holds more than {MAX_ENTRIES:,} files: pack fewer people."
