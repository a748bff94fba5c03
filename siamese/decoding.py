"""A picture file whose size is allowed → its pixels as they lie, in eight bits.

Pillow decodes; here stands what it leaves to others: depths that it clips or cuts off, orders that
it takes wrong, runs that it reads two bytes at a time.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops
from PIL.ImageFile import ImageFile, _Tile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from siamese.depth import eight_bits

DARK = 64  # of 256: colours of 16 bits that stay below hold 14 bits or fewer

_BITS, _PHOTOMETRIC, _PLANES, _SAMPLES = 258, 262, 284, 339  # tags of a TIFF
_OTHER_BYTE = {  # Pillow's names of colours of 16 bits → those that take the other byte of each
    "RGB;16B": "RGB;16L",
    "RGB;16L": "RGB;16B",
    "RGB;16N": "RGB;16B",
    "RGBA;16B": "RGBA;16L",
    "RGBA;16L": "RGBA;16B",
    "RGBA;16N": "RGBA;16B",
}
_FILLER = bytes(range(1, 200)) * 3  # behind a JPEG that is cut short: shows where its pixels end


def decoded(image: ImageFile, data: bytes, side: int | None = None) -> Image.Image:
    """The pixels of `image`, which was opened from `data`; a large JPEG with both sides at least
    `side`. Raises what Pillow raises."""
    if side is not None:
        image.draft(None, (side, side))
    _prepare(image, data)
    kind = _raw_mode(image)
    image.load()
    if image.mode.startswith("I") or image.mode == "F":
        return _of_deep_grey(image)
    if image.mode == "CMYK" and isinstance(image, JpegImageFile) and "adobe" not in image.info:
        return ImageChops.invert(image)  # Pillow takes all for Adobe's, who write it turned round
    if kind in _OTHER_BYTE and _is_dark(image):
        return _of_deep_colours(image, data, kind)
    return image


def lost(image: Image.Image, data: bytes, side: int | None = None) -> float:
    """Share of the rows of a JPEG, decoded from `data`, that its bytes end before: those that
    depend on what follows."""
    with Image.open(io.BytesIO(data[:-2] + _FILLER + data[-2:]), formats=("JPEG",)) as other:
        differ = np.asarray(image) != np.asarray(decoded(other, data, side))
    rows = np.flatnonzero(differ.reshape(image.height, -1).any(axis=1))
    return 1 - float(rows[0]) / image.height if len(rows) else 0.0


def _prepare(image: ImageFile, data: bytes) -> None:
    """What Pillow's decoders need to be told."""
    width, height = image.size
    if image.tile and image.tile[0].codec_name == "bmp_rle":  # no more than its pixels can need
        image.fp = io.BytesIO(data[: image.tile[0].offset + 2 * width * height + 4 * height + 1000])
    elif image.format in {"BMP", "PPM"}:  # some programs leave the end of the last row out
        image.fp = io.BytesIO(data + bytes(4 * width))
    elif isinstance(image, TiffImageFile) and image.tag_v2.get(_PLANES) == 2:
        _through_libtiff(image)


def _through_libtiff(image: TiffImageFile) -> None:
    """Planes of 16 bits, one colour after the other, which Pillow alone reads as of 8."""
    if image.tile[0].codec_name == "raw" and image.tag_v2.get(_BITS, (8,))[0] == 16:
        image.use_load_libtiff = True
        args = (f"{image.mode};16N", False, image.tag_v2.offset)
        image.tile = [_Tile("libtiff", (0, 0, *image._tile_size), 0, args)]


def _raw_mode(image: ImageFile) -> str:
    """How Pillow reads the samples; '' where the planes of a TIFF are read one by one."""
    if not image.tile or (isinstance(image, TiffImageFile) and image.tag_v2.get(_PLANES) == 2):
        return ""
    args = image.tile[0].args
    return args if isinstance(args, str) else str(args[0]) if args else ""


def _of_deep_grey(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits, or of floats, by its full range; Pillow's own conversion clips it."""
    values: NDArray[np.generic] = np.asarray(image)  # (H, W)
    tags = image.tag_v2 if isinstance(image, TiffImageFile) else {}
    if values.dtype == np.int32 and tags.get(_SAMPLES, (0,))[0] == 1:  # unsigned, says the TIFF
        values = values.view(np.uint32)
    grey = _like(image, eight_bits(values))
    return ImageChops.invert(grey) if tags.get(_PHOTOMETRIC) == 0 else grey  # 0 may be white


def _is_dark(image: Image.Image) -> bool:
    return int(np.asarray(image)[..., :3].max()) < DARK


def _of_deep_colours(image: ImageFile, data: bytes, kind: str) -> Image.Image:
    """Colours of 10 to 14 bits in 16, of which Pillow has kept the higher byte: with the lower one
    they are as bright as they were meant."""
    with Image.open(io.BytesIO(data), formats=(image.format or "",)) as low:
        other = _OTHER_BYTE[kind]
        low.tile = [
            tile._replace(args=(other, *tile.args[1:]) if isinstance(tile.args, tuple) else other)
            for tile in low.tile
        ]
        low.load()
        values = np.asarray(image).astype(np.uint16) << 8 | np.asarray(low)  # (H, W, 3 or 4)
    colours = eight_bits(values[..., :3])
    if image.mode == "RGBA":
        colours = np.dstack([colours, np.asarray(image)[..., 3]])
    return _like(image, colours)


def _like(image: Image.Image, pixels: NDArray[np.uint8]) -> Image.Image:
    """Pixels, with what is known of the image that they come from."""
    made = Image.fromarray(pixels)
    made.info = image.info
    return made
