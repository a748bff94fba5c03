"""A Netpbm picture of any maximum → the same of maximum 255, which a decoder reads in one go.

Pillow reads other maxima, and text, in a loop over the samples.
"""

import re

import numpy as np
from numpy.typing import NDArray

from siamese.depth import eight_bits

LONGEST_HEAD = 65_536  # bytes, comments and all

_SPACE = rb"(?:\s|#[^\r\n]*[\r\n])+"
_HEAD = re.compile(rb"P([2356])" + 3 * (_SPACE + rb"(\d{1,9})") + rb"(?:#[^\r\n]*)?\s")
_COMMENT = re.compile(rb"#[^\r\n]*")


def plain(data: bytes, most_as_text: int) -> bytes:
    """A PGM or PPM, raw or as text, as a raw one of eight bits. What is none, is damaged, or has
    more than so many pixels as text comes back as it is."""
    head = _HEAD.match(data[:LONGEST_HEAD])
    if head is None:
        return data
    kind, width, height, largest = (int(number) for number in head.groups())
    count = width * height * (3 if kind in {3, 6} else 1)
    is_text = kind < 5
    if not count or not 0 < largest < 65536 or (is_text and width * height > most_as_text):
        return data
    if not is_text and largest == 255:
        return data
    read = _from_text if is_text else _raw
    samples = read(data[head.end() :], count, largest)
    if samples is None:
        return data
    full = None if largest == 65535 else float(largest)  # 16 bits are said of fewer, too
    return b"P%d %d %d 255\n" % (6 if kind in {3, 6} else 5, width, height) + (
        eight_bits(samples, full).tobytes()
    )


def _raw(body: bytes, count: int, largest: int) -> NDArray[np.uint16] | None:
    form = np.dtype(np.uint8 if largest < 256 else ">u2")
    if len(body) < count * form.itemsize:
        return None
    return np.frombuffer(body, form, count).astype(np.uint16)


def _from_text(body: bytes, count: int, largest: int) -> NDArray[np.int64] | None:
    try:
        samples = np.fromstring(_COMMENT.sub(b"", body), np.int64, count, sep=" ")
    except (ValueError, DeprecationWarning):
        return None
    is_sound = len(samples) == count and 0 <= samples.min() <= samples.max() <= largest
    return samples if is_sound else None
