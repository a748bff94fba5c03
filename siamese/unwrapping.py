"""A file's bytes → those of its picture alone.

Phones, cameras and programs put more into a file: films, maps of brightness, further pictures,
profiles, texts, a line before it. What is no picture is left out before a decoder looks at it, so
that it costs no time and is not taken for damage. Nothing is decoded here.
"""

import re
import struct
import zlib
from dataclasses import dataclass

MAX_PARTS = 100_000  # of a file; a PNG that is written in pieces of 1 kB has 25,000
MAX_ROWS_LOST = 0.08  # share of a picture's height: nobody misses the last rows of a download
MAX_UNPACKED = 140_000_000  # bytes of a PNG's rows: 16 million pixels of 8 bytes

_JUNK = re.compile(  # text before a picture, such as a line feed or the head of a web page's answer
    rb"[\s\x20-\x7e\xef\xbb\xbf]{1,1024}?"
    rb"(?=\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF.{4}WEBP|II\*\0|MM\0\*)",
    re.DOTALL,
)
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd9-\xef\xfe]")  # of a JPEG; others have no length
_END, _SCAN, _COMMENT = 0xD9, 0xDA, 0xFE
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_APPLICATION = range(0xE0, 0xF0)
_NEEDED = (b"JFIF\0", b"Exif\0", b"http://ns.adobe.com/xap/", b"Adobe")  # colours and orientation
_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"eXIf"}  # of a PNG, besides the pixels
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by a PNG's type of colour


class OverloadedError(ValueError):
    """A file in more parts than a picture has."""


@dataclass(frozen=True)
class Unwrapped:
    """A picture's own bytes."""

    data: bytes
    scans: int = 1  # passes over all pixels, in a JPEG
    cut: bool = False  # a JPEG that ends before its pixels do; `data` has an end mark none the less


def unwrapped(data: bytes) -> Unwrapped:
    """The picture in a file; a format without wrappings comes back as it is."""
    junk = _JUNK.match(data)
    if junk:
        data = data[junk.end() :]
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(_PNG):
        return Unwrapped(_png(data))
    return Unwrapped(data)


def _jpeg(data: bytes) -> Unwrapped:
    """From the first mark to the end mark: behind it lie films, further pictures, anything."""
    kept: list[bytes] = []
    begun = scans = precision = parts = 0
    is_progressive, at = False, 2
    while marker := _MARKER.search(data, at):
        here, kind = marker.start(), data[marker.start() + 1]
        if kind == _END:
            return Unwrapped(b"".join([*kept, data[begun : marker.end()]]), scans)
        at = here + 2 + int.from_bytes(data[here + 2 : here + 4])
        if not _is_needed(kind, data[here + 4 : here + 32]):
            kept.append(data[begun:here])
            begun = at
        if kind == _SCAN:
            scans, precision = scans + 1, data[at - 1 : at][0] if at <= len(data) else 0
        is_progressive |= kind in _PROGRESSIVE
        parts += 1
        if parts > MAX_PARTS:
            raise OverloadedError
    is_all_but_fine = is_progressive and precision >> 4 > 0 and precision & 15 == 0
    whole = b"".join([*kept, data[begun:], b"\xff\xd9"])
    return Unwrapped(whole, scans, cut=not is_all_but_fine)


def _is_needed(kind: int, body: bytes) -> bool:
    """Whether a decoder needs a part of a JPEG."""
    if kind in _APPLICATION:
        return body.startswith(_NEEDED)
    return kind != _COMMENT


def _png(data: bytes) -> bytes:
    """Head, palette, orientation and pixels, each once; an end that is missing is put there."""
    head, pixels = [], []
    at, kind = len(_PNG), b""
    for _ in range(MAX_PARTS):
        if kind == b"IEND" or at + 8 > len(data):
            break
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IDAT":
            pixels.append(data[at + 8 : at + 8 + length])
        elif kind in _CHUNKS:
            head.append((kind, data[at + 8 : at + 8 + length], data[at + 8 + length :][:4]))
        at += 12 + length
    else:
        raise OverloadedError
    packed = b"".join(pixels)
    if kind != b"IEND" and head:
        packed = _completed(packed, head[0][1])
    return b"".join(
        [_PNG, *(_chunk(*part) for part in head), _chunk(b"IDAT", packed), _chunk(b"IEND", b"")]
    )


def _chunk(kind: bytes, body: bytes, check: bytes = b"") -> bytes:
    """A part of a PNG; what a decoder cannot do without keeps the check that it came with."""
    if not check or kind[0] & 32:
        check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I4s", len(body), kind) + body + check


def _completed(packed: bytes, head: bytes) -> bytes:
    """The rows of a PNG whose end is missing, the few that are lost black; as they came where more
    is lost, or where they are interlaced."""
    try:
        width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", head)
        row = 1 + (width * bits * _CHANNELS[colour] + 7) // 8
        if interlaced or row * height > MAX_UNPACKED:
            return packed
        rows = zlib.decompressobj().decompress(packed, row * height)
    except (struct.error, KeyError, zlib.error):
        return packed
    if len(rows) < (1 - MAX_ROWS_LOST) * row * height:
        return packed
    return zlib.compress(rows.ljust(row * height, b"\0"), 1)
