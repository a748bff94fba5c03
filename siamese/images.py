"""Bytes that nobody has checked → an upright RGB picture, or one plain sentence that says why not.

Everything that can be known from a file's head is checked before a pixel is decoded, and only the
decoders named in `FORMATS` ever see the bytes.
"""

import contextlib
import io
import math
import threading
import unicodedata
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from siamese import netpbm
from siamese.decoding import decoded, lost
from siamese.unwrapping import MAX_ROWS_LOST, OverloadedError, Unwrapped, unwrapped

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "PPM", "TIFF")  # Pillow's names; PPM reads PGM too
READABLE = (  # endings of their files, as programs and cameras write them
    *("jpg", "jpeg", "jfif", "jpe", "jif", "mpo"),
    *("png", "apng", "webp", "gif", "bmp", "dib"),
    *("ppm", "pgm", "pbm", "pnm", "pfm", "tif", "tiff"),
)
ANSWERED = ("heic", "heif", "hif", "avif")  # cannot be read, but a sentence says what to do
SUFFIXES = (*READABLE, *ANSWERED)  # whoever lets people choose a file lets them choose these

MAX_BYTES = 25_000_000  # the largest phone photos are about 20 MB
MAX_PIXELS = 52_000_000  # phones take 50 megapixels (8160 x 6144); as JPEG they decode in a second
MAX_PIXELS_BUT_JPEG = 16_000_000  # other decoders are slower, and have no reduced decoding
MAX_PIXELS_IN_PYTHON = 700_000  # Pillow decodes RLE BMP in a Python loop; text is slow anyhow
MAX_SIDE = 16_384  # a long panorama; what is longer is no portrait
MIN_SIDE = 8  # fewer pixels show no face
MAX_READS = 50_000  # of a file by its decoder; ordinary pictures take some ten thousand at most
MAX_COMMENTS = 100  # in a PGM written as text: Pillow takes time by the square of their number
MAX_SCANNED = 1_000_000_000  # pixels x scans: a progressive JPEG may ask for thousands of passes

NEUTRAL = (128, 128, 128)  # what shows through a transparent picture: neither light nor dark
REDUCED = "reduced"  # in the `info` of a picture that came smaller: the file's pixels to one of it

_TILE_SIDES = (322, 323)  # tags of a TIFF: width and length of a tile
_KIND_OF_PAGE, _FURTHER_PAGES = 254, 330  # likewise; the lowest bit says 'a smaller copy'
_PYTHON_DECODERS = {"ppm", "ppm_plain", "bmp_rle"}
_APPLE = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_FOREIGN = {  # how files begin that people take for pictures, and what they are
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000 picture",
    b"\xff\x4f\xff\x51": "a JPEG 2000 picture",
    b"\x00\x00\x00\x0cJXL ": "a JPEG XL picture",
    b"\xff\x0a": "a JPEG XL picture",
    b"%PDF": "a PDF document",
    b"8BPS": "a Photoshop document",
}
_TEXT = {b"P1", b"P2", b"P3"}
_quiet = threading.RLock()  # `warnings` keeps its filters per process, not per thread


class PictureError(ValueError):
    """A picture that cannot be used; the message is one sentence for the person who chose it."""


class _Metered(io.BytesIO):
    """Bytes that stop being read when a forged file keeps Pillow's parsers, in Python, busy."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MAX_READS:
            raise OSError("too many reads")
        return super().read(size)


def open_picture(data: bytes, name: str = "", side: int | None = None) -> Image.Image:
    """The picture in `data`: RGB, upright, its first frame, flattened on `NEUTRAL`.

    `name` is how the message calls the picture. With `side`, a large picture comes smaller, and
    faster, with both sides still at least that many pixels; `info[REDUCED]` then says how many
    times smaller, to a side.
    """
    name = spoken(name) or "The picture"
    _check_bytes(data, name)
    with _quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _opened(unwrapped(data), name, side)
        except PictureError:
            raise
        except OverloadedError:
            raise PictureError(_TOO_LONG.format(name)) from None
        except Image.DecompressionBombError:  # Pillow's own limit is higher, and looks first
            raise PictureError(f"{name} has far too many pixels: save it smaller.") from None
        except UnidentifiedImageError:
            raise PictureError(
                f"{name} is not a picture that can be read here: save it as JPEG or PNG."
            ) from None
        except Exception:  # damaged files make Pillow raise nearly anything
            raise PictureError(_DAMAGED.format(name)) from None


_TOO_LONG = "{} would take too long to decode: save it once more as an ordinary JPEG."
_DAMAGED = "{} is damaged or cut short: save or copy it once more, or take another."


def _opened(file: Unwrapped, name: str, side: int | None) -> Image.Image:
    data = netpbm.plain(file.data, MAX_PIXELS_IN_PYTHON)
    with Image.open(_Metered(data), formats=FORMATS) as image:
        _turn_to_first_page(image, name)
        _check_size(image, file.scans, name)
        longest = max(image.size)
        pixels = decoded(image, data, side)
        if file.cut and lost(pixels, data, side) > MAX_ROWS_LOST:
            raise PictureError(_DAMAGED.format(name))
        picture = _rgb(_upright(_reduced(pixels, side)))
    if longest > max(picture.size):
        picture.info[REDUCED] = longest / max(picture.size)
    return picture


def spoken(name: str, longest: int = 80) -> str:
    """A file's name as a message may show it: one line, printable, not endless."""
    clean = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", name))
    clean = " ".join(clean.split())
    return clean if len(clean) <= longest else "…" + clean[1 - longest :]


def _check_bytes(data: bytes, name: str) -> None:
    if not data:
        raise PictureError(f"{name} is an empty file: save or copy it once more.")
    if len(data) > MAX_BYTES:
        raise PictureError(
            f"{name} has {len(data) / 1e6:.0f} MB, and {MAX_BYTES / 1e6:.0f} MB are allowed: "
            "save it smaller."
        )
    if data[:2] in _TEXT and data.count(b"#") > MAX_COMMENTS:
        raise PictureError(f"{name} is mostly comments: save it once more as PNG.")
    if data[4:8] == b"ftyp":
        _refuse_brand(data, name)
    for start, what in _FOREIGN.items():
        if data.startswith(start):
            raise PictureError(
                f"{name} is {what}, not a picture that can be read here: save it as JPEG or PNG."
            )


def _refuse_brand(data: bytes, name: str) -> None:
    """The files of phones that are built as boxes tell their kind in the first of these."""
    first = data[8 : min(int.from_bytes(data[:4]), 256)]
    brands = {first[at : at + 4] for at in range(0, len(first), 4)} | {data[8:12]}
    if b"avif" in brands or b"avis" in brands:
        raise PictureError(
            f"{name} is in the AVIF format, which cannot be read here: save it as JPEG."
        )
    if brands & _APPLE:
        raise PictureError(
            f"{name} is in the HEIC format, which cannot be read here: save it as JPEG "
            "(on an iPhone: Settings, Camera, Formats, Most Compatible)."
        )
    raise PictureError(
        f"{name} is a film or a camera's raw data, which cannot be read here: save it as JPEG."
    )


def _turn_to_first_page(image: ImageFile, name: str) -> None:
    """Past the small previews that some cameras and scanners put first into a TIFF."""
    if not isinstance(image, TiffImageFile):
        return
    for page in range(1, 4):
        if not image.tag_v2.get(_KIND_OF_PAGE, 0) & 1:
            return
        with contextlib.suppress(EOFError):
            image.seek(page)
    if image.tag_v2.get(_KIND_OF_PAGE, 0) & 1:
        image.seek(0)
        if _FURTHER_PAGES in image.tag_v2:
            raise PictureError(
                f"{name} holds a small preview and a camera's raw data: save it as JPEG."
            )


def _check_size(image: ImageFile, scans: int, name: str) -> None:
    """Refuse what would take too long or too much memory, before any pixel is decoded."""
    width, height = image.size
    most = MAX_PIXELS if isinstance(image, JpegImageFile) else MAX_PIXELS_BUT_JPEG
    if any(tile[0] in _PYTHON_DECODERS for tile in image.tile):
        most = MAX_PIXELS_IN_PYTHON
    if width * height > most or max(width, height) > MAX_SIDE:
        raise PictureError(
            f"{name} has {width} x {height} pixels, and {most / 1e6:g} million are allowed "
            f"with no side above {MAX_SIDE}: save it smaller, or as JPEG."
        )
    if min(width, height) < MIN_SIDE:
        raise PictureError(
            f"{name} has only {width} x {height} pixels: take one with at least {MIN_SIDE} a side."
        )
    if _tile_pixels(image) > MAX_PIXELS_BUT_JPEG:
        raise PictureError(
            f"{name} is cut into tiles that are far larger than itself: save it once more as PNG."
        )
    if scans * width * height > MAX_SCANNED:
        raise PictureError(_TOO_LONG.format(name))


def _tile_pixels(image: ImageFile) -> int:
    """Pixels of a tile of a TIFF, which is decoded whole however small the picture is."""
    if not isinstance(image, TiffImageFile):
        return 0
    sides = [image.tag_v2.get(tag, 1) for tag in _TILE_SIDES]
    return math.prod(side if isinstance(side, int) else MAX_PIXELS for side in sides)


def _reduced(image: Image.Image, side: int | None) -> Image.Image:
    factor = 1 if side is None else min(image.size) // side
    if factor < 2 or image.mode not in {"L", "RGB", "RGBA", "CMYK"}:
        return image
    return image.reduce(factor)


def _upright(image: Image.Image) -> Image.Image:
    with contextlib.suppress(Exception):  # broken EXIF says nothing of the pixels
        ImageOps.exif_transpose(image, in_place=True)
    return image


def _rgb(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, NEUTRAL)
        image = Image.alpha_composite(ground, image)
    image = image.convert("RGB")
    image.info.clear()  # place, owner and thumbnail of a photo go no further
    return image
