"""Damaged pictures and zips by the thousand, read in a process of their own.

    python tests/fuzzing.py pictures 2000
    python tests/fuzzing.py zips 200

Prints one JSON object: how many were read and how many refused, what went wrong, the most processor
time that one of them took, and the most memory that the process ever held. The seed of each case is
its number, so that a bad one can be had again.
"""

import io
import json
import resource
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from PIL import Image

from siamese.datasets import DataError, load
from siamese.images import FORMATS, PictureError, open_picture

EXTREMES = (0, 1, 255, 65_535, 65_536, 2**31 - 1, 2**31, 2**32 - 1)
Chance = np.random.Generator


def smooth(width: int, height: int, seed: int) -> Image.Image:
    small = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def whole_pictures() -> list[bytes]:
    """Every format, and what each has of odd ways to be written."""
    exif = Image.Exif()
    exif[0x0112] = 6
    made = []
    for width, height in ((60, 50), (300, 220)):
        image = smooth(width, height, width)
        made += [saved(image, kind) for kind in FORMATS]
        made += [
            saved(image, "JPEG", progressive=True, exif=exif),
            saved(image.convert("CMYK"), "JPEG"),
            saved(image.convert("P"), "PNG", transparency=3),
            saved(image.convert("RGBA"), "PNG"),
            saved(Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257), "PNG"),
            saved(image, "WEBP", lossless=True),
            saved(image, "TIFF", compression="tiff_lzw"),
            saved(image, "TIFF", compression="tiff_deflate"),
            saved(image, "TIFF", compression="jpeg"),
            saved(image, "GIF", save_all=True, append_images=[smooth(width, height, 1)]),
            saved(image.convert("L"), "PPM"),
            saved(image, "MPO", save_all=True, append_images=[smooth(width, height, 2)]),
            saved(image, "JPEG", progressive=True)[:-9],
            saved(image, "JPEG", exif=exif)[:-2] + saved(image, "JPEG"),
            saved(image, "PNG")[:-14],
            b"\n" + saved(image, "PNG", exif=exif),
            b"P5 %d %d 4095\n" % image.size + bytes(2 * width * height),
            b"P2 20 10 255\n" + b"7 " * 200,
        ]
    return made


def damaged(data: bytes, others: list[bytes], chance: Chance) -> bytes:
    """One to three injuries: bits flipped, ends cut off, pieces cut out, put in, exchanged."""
    for _ in range(int(chance.integers(1, 4))):
        size = len(data)
        if size < 2:
            return data
        head = chance.random() < 0.5  # where formats keep their sizes
        where = int(chance.integers(min(96, size) if head else size))
        match int(chance.integers(6)):
            case 0:
                flipped = bytearray(data)
                flipped[where] ^= 1 << int(chance.integers(8))
                data = bytes(flipped)
            case 1:
                data = data[: int(chance.integers(1, size))]
            case 2:
                data = data[:where] + data[where + int(chance.integers(1, 60)) :]
            case 3:
                data = data[:where] + chance.bytes(int(chance.integers(1, 60))) + data[where:]
            case 4:
                other = others[int(chance.integers(len(others)))]
                data = data[:where] + other[int(chance.integers(len(other))) :]
            case _:
                number = EXTREMES[int(chance.integers(len(EXTREMES)))]
                form = ("<I", ">I", "<H", ">H")[int(chance.integers(4))]
                packed = struct.pack(form, number & (0xFFFF if form[1] == "H" else 0xFFFFFFFF))
                data = data[:where] + packed + data[where + len(packed) :]
    return data


def png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def tiled(side: int) -> bytes:
    """A TIFF of 64 x 64 pixels in one tile that unpacks to side x side."""
    packer, left, parts = zlib.compressobj(9), 3 * side * side, []
    while left > 0:
        parts.append(packer.compress(bytes(min(left, 10_000_000))))
        left -= 10_000_000
    data = b"".join([*parts, packer.flush()])
    shorts = [(256, 64), (257, 64), (258, 8), (259, 8), (262, 2), (277, 3)]
    longs = [(322, side), (323, side), (324, 8), (325, len(data))]
    entries = [struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in shorts]
    entries += [struct.pack("<HHII", tag, 4, 1, value) for tag, value in longs]
    table = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + table


def bombs() -> Iterator[bytes]:
    """Small files that ask for much."""
    yield png(100_000, 100_000, zlib.compress(bytes(99)))
    yield png(16_000, 1000, zlib.compress(bytes(16_000_000 * 3 + 1000), 9))
    yield png(40, 40, zlib.compress(bytes(300_000_000), 9))
    scan = saved(smooth(1000, 1000, 1), "JPEG", progressive=True)
    last = scan[scan.rindex(b"\xff\xda") : -2]
    yield scan[:-2] + last * 2000 + scan[-2:]
    jpeg = saved(smooth(40, 40, 1), "JPEG")
    yield jpeg[:2] + b"\xff\xfe\x00\x02" * 2_000_000 + jpeg[2:]
    text = zlib.compress(bytes(100_000_000), 9)
    words = b"zTXt" + b"Comment\0\0" + text
    head = png(40, 40, zlib.compress(bytes(121 * 40)))
    yield head[:33] + struct.pack(">I", len(words) - 4) + words + bytes(4) + head[33:]
    yield b"P2 800 800 255\n" + b"#\n" * 2_000_000
    yield b"P3 16000 1000 255\n" + b"7 " * 3_000_000
    yield b"P6 16000 16000 255\n"
    yield b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + bytes(50)
    yield b"BM" + struct.pack("<IHHIIiiHHI", 99, 0, 0, 54, 40, 2**31 - 1, 2**31 - 1, 1, 24, 1)
    yield tiled(20_000)
    yield b"\xff\xd8\xff\xc2\0\2" + b"\xff\xc4\0\2" * 6_000_000
    yield png(4000, 3999, zlib.compress(bytes(48_000_000)))[:-30]
    yield b"P5" + b"#\n" * 12_000_000


def read_picture(data: bytes) -> bool:
    return open_picture(data, "x.jpg").mode == "RGB"


def pictures(count: int) -> Iterator[tuple[Callable[[bytes], object], bytes]]:
    sources = whole_pictures()
    for number in range(count):
        chance = np.random.default_rng(number)
        yield read_picture, damaged(sources[number % len(sources)], sources, chance)
    for bomb in bombs():
        yield read_picture, bomb


def packed(names: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return stream.getvalue()


def zips(count: int) -> Iterator[tuple[Callable[[bytes], object], bytes]]:
    each = [saved(smooth(30, 30, seed), "PNG") for seed in range(8)]
    names = {f"p{number % 4}/{number}.png": data for number, data in enumerate(each)}
    odd = names | {"../x.png": each[0], "é/ü.png": each[1], "p0/in.zip": packed(names)}
    whole = [packed(names), packed(odd), packed(odd, zipfile.ZIP_DEFLATED)]
    for number in range(count):
        yield load, damaged(whole[number % 3], whole + each, np.random.default_rng(number))
    deflated = zipfile.ZIP_DEFLATED
    yield load, packed({f"a/{n}.png": bytes(30_000_000) for n in range(3)}, deflated)
    yield load, packed({f"a/{n}.png": bomb for n, bomb in enumerate([tiled(20_000)] * 3)})
    yield load, packed({f"a/{n}.png": b"" for n in range(61_000)})
    yield load, packed({f"{'a/' * 2000}{n}.png": data for n, data in enumerate(each)})
    inside = packed(names)
    for _ in range(20):
        inside = packed({"in.zip": inside})
    yield load, inside


def main(kind: str, count: int) -> None:
    told = {"read": 0, "refused": 0, "cases": 0, "slowest": 0.0, "wrong": []}
    for number, (read, data) in enumerate({"pictures": pictures, "zips": zips}[kind](count)):
        began = time.process_time()
        try:
            read(data)
            told["read"] += 1
        except (PictureError, DataError) as error:
            told["refused"] += 1
            sentence = str(error)
            if "\n" in sentence or not sentence.endswith((".", ").")):
                told["wrong"].append(f"{number}: {sentence!r}")
        except BaseException as error:
            told["wrong"].append(f"{number}: {type(error).__name__}: {error}")
        seconds = time.process_time() - began
        told["cases"] += 1
        if seconds > told["slowest"]:
            told["slowest"], told["slowest_case"] = seconds, number
    told["megabytes"] = peak_megabytes()
    print(json.dumps(told))


def peak_megabytes() -> float:
    """The most memory that this program has held. Linux hands `ru_maxrss` on from whoever started a
    program, so it is asked only where /proc does not know."""
    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    kilobytes = 1 if sys.platform != "darwin" else 1 / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilobytes / 1024


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
