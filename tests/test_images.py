"""Pictures that nobody has checked: every kind opens right, every damage is one plain sentence."""

import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from siamese import images
from siamese.images import NEUTRAL, SUFFIXES, PictureError, open_picture, spoken


def noise(width: int = 40, height: int = 30, seed: int = 0) -> Image.Image:
    """A smooth picture, so that lossy formats keep it."""
    small = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def saved(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def pixels(data: bytes, **options: int) -> np.ndarray:
    image = open_picture(data, **options)
    assert image.mode == "RGB"
    return np.asarray(image).astype(int)


def complaint(data: bytes, name: str = "anna_1.jpg") -> str:
    """The sentence for a bad picture; checks what holds for all of them."""
    started = time.process_time()
    with pytest.raises(PictureError) as caught:
        open_picture(data, name)
    assert time.process_time() - started < 2
    sentence = str(caught.value)
    assert sentence.startswith(name)
    assert sentence.endswith((".", ")."))
    assert ":" in sentence, "it says what to do"
    assert "\n" not in sentence
    assert "PIL" not in sentence
    return sentence


@pytest.mark.parametrize("format", images.FORMATS)
def test_every_format_opens(format: str) -> None:
    options = {"lossless": True} if format == "WEBP" else {}
    options |= {"quality": 95} if format == "JPEG" else {}
    source = noise().convert("P").convert("RGB") if format == "GIF" else noise()
    difference = np.abs(pixels(saved(source, format, **options)) - np.asarray(source))
    assert difference.mean() <= 3


def test_every_ending_of_the_formats_is_accepted() -> None:
    """As Pillow, independently, knows them; and those of phones, for which there is advice."""
    Image.init()
    own = {*images.FORMATS, "MPO", "DIB"}  # further names for JPEG and BMP
    assert {e[1:] for e, format in Image.EXTENSION.items() if format in own} <= set(SUFFIXES)
    foreign = {s for s in SUFFIXES if Image.EXTENSION.get(f".{s}", "JPEG") not in own}
    assert not foreign & set(images.READABLE)
    assert {"heic", "avif"} <= set(images.ANSWERED)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(orientation: int, format: str) -> None:
    """A red mark at the top left of the upright picture stays there."""
    upright = Image.new("RGB", (48, 32), "white")
    upright.paste("red", (0, 0, 16, 16))
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that undoes each
    stored = upright.transpose(Image.Transpose(back[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    for side in (None, 8):
        opened = open_picture(saved(stored, format, exif=exif, quality=95), side=side)
        width, height = opened.size
        assert width > height
        red, _, blue = opened.getpixel((width // 8, height // 8))
        assert red > 200
        assert blue < 80


def test_broken_exif_is_no_obstacle() -> None:
    data = saved(noise(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\x7f")
    assert pixels(data).shape == (30, 40, 3)


def test_metadata_goes_no_further() -> None:
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    assert not open_picture(saved(noise(), "JPEG", exif=exif)).info


def test_cmyk() -> None:
    white = saved(Image.new("CMYK", (20, 20), (0, 0, 0, 0)), "JPEG")
    assert pixels(white).min() >= 250


def test_palette_with_transparency() -> None:
    image = Image.new("P", (20, 20), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.paste(1, (0, 0, 10, 20))
    opened = pixels(saved(image, transparency=0))
    assert opened[5, 2].tolist() == [0, 255, 0]
    assert opened[5, 15].tolist() == list(NEUTRAL)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_laid_on_neutral_ground(mode: str) -> None:
    clear = Image.new(mode, (20, 20), 0)
    assert pixels(saved(clear)).reshape(-1, 3).tolist() == [list(NEUTRAL)] * 400
    solid = Image.new("RGBA", (20, 20), (200, 200, 200, 255)).convert(mode)
    assert (pixels(saved(solid)) == 200).all()


def test_transparent_colour() -> None:
    image = Image.new("RGB", (20, 20), (1, 2, 3))
    assert pixels(saved(image, transparency=(1, 2, 3)))[0, 0].tolist() == list(NEUTRAL)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "PPM"])
def test_sixteen_bits_are_scaled_not_clipped(format: str) -> None:
    ramp = np.linspace(0, 65535, 256 * 10).reshape(10, 256).astype(np.uint16)
    opened = pixels(saved(Image.fromarray(ramp), format))[..., 0]
    assert np.abs(opened - ramp / 257).max() <= 1


def test_floats_and_long_integers_are_scaled() -> None:
    ramp = np.linspace(0, 1, 400, dtype=np.float32).reshape(20, 20)
    assert np.abs(pixels(saved(Image.fromarray(ramp), "TIFF"))[..., 0] - ramp * 255).max() <= 1
    long = (ramp * 2_000_000).astype(np.int32)
    assert np.abs(pixels(saved(Image.fromarray(long), "TIFF"))[..., 0] - ramp * 255).max() <= 1
    ramp[0, 0], ramp[1, 1] = np.nan, np.inf
    assert pixels(saved(Image.fromarray(ramp), "TIFF")).shape == (20, 20, 3)


def test_one_bit() -> None:
    image = Image.new("1", (20, 20), 1)
    image.paste(0, (0, 0, 10, 20))
    assert set(pixels(saved(image)).ravel()) == {0, 255}


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_several(format: str) -> None:
    first, second = Image.new("RGB", (20, 20), "white"), Image.new("RGB", (20, 20), "black")
    assert pixels(saved(first, format, save_all=True, append_images=[second])).min() > 200


def test_side_makes_large_pictures_smaller_and_no_small_one() -> None:
    large = noise(900, 600)
    for format in ("JPEG", "PNG"):
        opened = open_picture(saved(large, format), side=100)
        assert 100 <= opened.height < 200
        assert 150 <= opened.width < 300
        exact = np.asarray(large.resize(opened.size, Image.Resampling.BOX)).astype(int)
        assert np.abs(np.asarray(opened) - exact).mean() < 3
    assert open_picture(saved(noise()), side=100).size == (40, 30)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", bytes(999)],
)
def test_no_picture(data: bytes) -> None:
    assert complaint(data)


@pytest.mark.parametrize("format", images.FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_cut_short(format: str, share: float) -> None:
    if format == "GIF" and share > 0.5:
        pytest.skip("a GIF's last bytes are its end code")
    data = saved(noise(200, 150), format)
    assert complaint(data[: int(len(data) * share)])


def test_kinds_outside_the_list_are_not_opened() -> None:
    for format in ("ICO", "TGA", "PCX", "EPS"):
        assert "not a picture" in complaint(saved(noise(), format))


def test_apple_format_is_named() -> None:
    assert "HEIC" in complaint(b"\x00\x00\x00\x18ftypheic" + bytes(100))


def png_head(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(99)))


@pytest.mark.parametrize("size", [(100_000, 100_000), (60_000, 300), (5000, 5000), (12_000, 8_000)])
def test_too_many_pixels_are_refused_undecoded(size: tuple[int, int]) -> None:
    assert "pixels" in complaint(png_head(*size))


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "1 x 1" in complaint(saved(Image.new("RGB", (1, 1))))
    assert "empty" in complaint(b"")
    monkeypatch.setattr(images, "MAX_BYTES", 1000)
    assert "MB" in complaint(saved(noise(), "BMP"))


def test_decoders_in_python_get_few_pixels() -> None:
    assert "pixels" in complaint(b"P2 1200 1000 255\n" + b"7 " * 1_200_000)
    assert "pixels" in complaint(in_runs(Image.new("L", (1200, 1000))))
    assert pixels(b"P2 20 10 255\n" + b"7 " * 200).max() == 7


def test_a_tile_far_larger_than_its_picture_is_refused() -> None:
    """libtiff would unpack all of it: 20,000 x 20,000 pixels took 3 s and 1.2 GB."""
    from fuzzing import tiled

    assert "tiles" in complaint(tiled(5000))
    assert pixels(tiled(64)).shape == (64, 64, 3)
    assert pixels(tiled(256)).shape == (64, 64, 3)  # tiles of an ordinary size


def test_a_thousand_scans_are_refused() -> None:
    data = saved(Image.new("L", (2000, 2000)), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert "too long" in complaint(data[:-2] + scan * 1000 + data[-2:])


def test_forged_files_do_not_keep_the_parsers_busy() -> None:
    png, jpeg = saved(noise()), saved(noise(), "JPEG")
    assert complaint(png[:33] + struct.pack(">I4sI", 0, b"prVt", 0) * 500_000 + png[33:])
    assert complaint(jpeg[:2] + b"\xff\xfe\x00\x02" * 2_000_000 + jpeg[2:])
    assert "comments" in complaint(b"P2 800 800 255\n" + b"#\n" * 2_000_000)


def test_names_are_shown_safely() -> None:
    assert spoken("a\nb\x00\x1b[31mc\u202e") == "a b [31mc"
    assert len(spoken("x" * 5000 + ".jpg")) == 80
    assert spoken("x" * 5000 + ".jpg").endswith(".jpg")
    with pytest.raises(PictureError, match="The picture is an empty file"):
        open_picture(b"")


def test_damaged_pictures_are_opened_or_refused_in_words() -> None:
    """150 pictures with bytes changed, cut out, or put in: never anything but `PictureError`."""
    rng = np.random.default_rng(0)
    sources = [saved(noise(60, 50), format) for format in images.FORMATS]
    sources += [
        saved(noise(60, 50), "JPEG", progressive=True),
        saved(noise(60, 50).convert("P"), transparency=3),
        saved(noise(60, 50), "TIFF", compression="tiff_lzw"),
        saved(noise(60, 50), "GIF", save_all=True, append_images=[noise(60, 50, seed=1)]),
    ]
    opened, sentences = 0, []
    for number in range(150):
        data = bytearray(sources[number % len(sources)])
        for _ in range(int(rng.integers(1, 20))):
            where = int(rng.integers(len(data) if rng.random() < 0.5 else min(64, len(data))))
            match rng.integers(3):
                case 0:
                    data[where] = int(rng.integers(256))
                case 1:
                    del data[where : where + int(rng.integers(1, 30))]
                case _:
                    data[where:where] = rng.bytes(int(rng.integers(1, 30)))
            if not data:
                break
        started = time.process_time()
        try:
            opened += open_picture(bytes(data), "x.jpg").mode == "RGB"
        except PictureError as error:
            sentences.append(str(error))
        assert time.process_time() - started < 2
    assert 0 < opened < 150
    assert all(sentence.startswith("x.jpg") for sentence in sentences)


# -- what phones, cameras, scanners and programs put round a picture or into it --------------------


def parts(*chunks: tuple[bytes, bytes]) -> bytes:
    """Parts of a PNG."""
    return b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def into_png(data: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    return data[:33] + parts(*chunks) + data[33:]


def into_jpeg(data: bytes, kind: int, body: bytes) -> bytes:
    return data[:2] + struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body + data[2:]


def in_runs(image: Image.Image) -> bytes:
    """A BMP of 8 bits in runs (RLE8), a run for each pixel."""
    rows = np.asarray(image.convert("L"))[::-1]
    runs = np.dstack([np.ones_like(rows), rows]).reshape(len(rows), -1)
    body = b"".join(row.tobytes() + b"\0\0" for row in runs)[:-1] + b"\1"
    palette = b"".join(bytes((level, level, level, 0)) for level in range(256))
    sizes = struct.pack("<IiiHHIIiiII", 40, *image.size, 1, 8, 1, len(body), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(body), 0, 0, 1078) + sizes + palette + body


def near(data: bytes, image: Image.Image, most: float = 4) -> bool:
    """Whether these bytes open as that picture."""
    return bool(np.abs(pixels(data) - np.asarray(image.convert("RGB"), int)).mean() < most)


FILM = b"\x00\x00\x00\x18ftypmp42" + np.random.default_rng(7).bytes(3_000_000)


@pytest.mark.parametrize(
    "behind",
    [
        pytest.param(b"MotionPhoto_Data" + FILM, id="film"),
        pytest.param(saved(noise(seed=1), "JPEG"), id="map of brightness"),
        pytest.param(b"PK\x03\x04" + FILM[:5000], id="zip"),
        pytest.param(bytes(100), id="zeros"),
        pytest.param(b"\xff\xda" * 60_000, id="what looks like scans"),
        pytest.param(b"SEFT" + FILM[:99], id="trailer"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_what_lies_behind_a_jpeg_is_no_part_of_it(behind: bytes, options: dict[str, bool]) -> None:
    large = noise(4000, 3000)
    data = saved(large, "JPEG", quality=85, **options)
    for tail in (b"", behind):
        assert open_picture(data + tail, side=640).size == (1000, 750)


@pytest.mark.parametrize("format", images.FORMATS)
def test_what_lies_behind_a_picture_is_no_part_of_it(format: str) -> None:
    data = saved(noise(), format)
    np.testing.assert_array_equal(pixels(data + FILM[:9000]), pixels(data))


def test_several_pictures_in_one_jpeg() -> None:
    first, second = noise(200, 150), noise(200, 150, seed=1)
    data = saved(first, "MPO", save_all=True, append_images=[second], quality=90)
    assert near(data, first)


def test_scans_are_those_of_the_picture_not_of_its_thumbnail() -> None:
    """A thumbnail with more scans than a picture may have, in a photo's Exif."""
    data = into_jpeg(saved(noise(2000, 2000), "JPEG"), 0xE1, b"Exif\0\0" + b"\xff\xda" * 20_000)
    assert open_picture(data).size == (2000, 2000)
    progressive = saved(noise(3000, 2000), "JPEG", progressive=True)
    assert 5 < progressive.count(b"\xff\xda") < 20
    assert open_picture(progressive).size == (3000, 2000)


LONG = zlib.compress(b"stroke;" * 200_000)


@pytest.mark.parametrize(
    "chunk",
    [
        (b"iCCP", b"scanner\0\0" + zlib.compress(bytes(1_500_000))),
        (b"iCCP", b"broken\0\0" + b"no profile"),
        (b"zTXt", b"history\0\0" + LONG),
        (b"zTXt", b"odd\0\7" + LONG),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + LONG),
        (b"tEXt", b"Comment\0" + bytes(range(256)) * 9000),
        (b"pHYs", b"\0"),
        (b"gAMA", b""),
        (b"acTL", b"\0"),
        (b"eXIf", b"II*\0\xff\xff\xff\x7f"),
    ],
    ids=lambda chunk: chunk[0].decode(),
)
def test_texts_and_profiles_are_no_damage(chunk: tuple[bytes, bytes]) -> None:
    data = saved(noise())
    np.testing.assert_array_equal(pixels(into_png(data, chunk)), pixels(data))
    np.testing.assert_array_equal(pixels(data[:-12] + parts(chunk) + data[-12:]), pixels(data))
    wrong_check = into_png(data, chunk)[: 33 + 8 + len(chunk[1])] + b"oops" + data[33:]
    np.testing.assert_array_equal(pixels(wrong_check), pixels(data))


def test_a_png_of_many_small_parts() -> None:
    data = saved(noise(300, 200))
    body = b"".join(
        data[at + 8 : at + 8 + length]
        for at in range(len(data) - 12)
        if data[at + 4 : at + 8] == b"IDAT" and (length := int.from_bytes(data[at : at + 4]))
    )
    small = parts(*((b"IDAT", body[at : at + 1]) for at in range(len(body))))
    assert len(body) > 25_000
    np.testing.assert_array_equal(pixels(data[:33] + small + parts((b"IEND", b""))), pixels(data))


def test_orientation_behind_the_pixels() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = noise().transpose(Image.Transpose.ROTATE_90)
    data = saved(stored)
    late = data[:-12] + parts((b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))) + data[-12:]
    assert near(late, noise(), 0.1)


def test_profiles_of_other_formats() -> None:
    profile = np.random.default_rng(0).bytes(3_000_000)
    for format in ("JPEG", "WEBP", "TIFF"):
        assert near(saved(noise(), format, icc_profile=profile, quality=95), noise())


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
@pytest.mark.parametrize("junk", [b"\n", b"\r\n \r\n", b"\xef\xbb\xbf", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_few_characters_before_a_picture(junk: bytes, format: str) -> None:
    data = saved(noise(), format)
    np.testing.assert_array_equal(pixels(junk + data), pixels(data))


def test_a_thumbnail_deep_in_another_file_is_no_picture() -> None:
    assert complaint(b"ID3\3\0" + bytes(40) + saved(noise(), "JPEG"))
    assert complaint(b"x" * 3000 + saved(noise(), "JPEG"))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("missing", [1, 2, 3, 5, 20])
def test_a_jpeg_without_its_end(missing: int, options: dict[str, bool]) -> None:
    assert near(saved(noise(400, 300), "JPEG", **options)[:-missing], noise(400, 300))


@pytest.mark.parametrize("missing", [1, 4, 11, 12, 13, 16, 20, 40])
def test_a_png_without_its_end(missing: int) -> None:
    image = noise(400, 300)
    assert near(saved(image)[:-missing], image)
    assert near(saved(image.convert("P"))[:-missing], image.convert("P"))


@pytest.mark.parametrize("format", ["BMP", "PPM"])
def test_a_last_row_without_its_end(format: str) -> None:
    data = saved(noise(), format)
    assert near(data[:-3], noise(), 2)
    assert "cut short" in complaint(data[: -len(data) // 10])


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_download_that_broke_off_near_its_end(format: str) -> None:
    """As a viewer shows it, but for what is lost: a few of the last rows; a tenth is too much."""
    plain_below = noise(1200, 900)
    plain_below.paste((150, 160, 150), (0, 500, 1200, 900))
    for image in (noise(1200, 900), plain_below)[: 2 if format == "JPEG" else 1]:
        data = saved(image, format, quality=90)
        assert open_picture(data[: int(len(data) * 0.97)]).size == (1200, 900)
    data = saved(noise(1200, 900), format, quality=90)
    opened = pixels(data[: int(len(data) * 0.97)])
    np.testing.assert_array_equal(opened[:800], pixels(data)[:800])
    for share in (0.3, 0.6, 0.88):
        assert "cut short" in complaint(data[: int(len(data) * share)])


def test_a_progressive_jpeg_needs_all_but_its_last_bit() -> None:
    data = saved(noise(1200, 900), "JPEG", progressive=True, quality=95)
    last = data.rindex(b"\xff\xda")
    assert near(data[: (last + len(data)) // 2], noise(1200, 900))
    first = data.index(b"\xff\xda")
    for cut in (first + 2000, (first + last) // 3):
        assert "cut short" in complaint(data[:cut])


@pytest.mark.parametrize("adobe", [True, False])
def test_cmyk_with_and_without_adobes_mark(adobe: bool) -> None:
    """Adobe writes CMYK turned round and marks it; without the mark it is as it is."""
    inks = noise(200, 150).convert("CMYK")
    stored = inks if adobe else Image.fromarray(255 - np.asarray(inks), "CMYK")
    data = saved(stored, "JPEG", quality=95)
    mark = data.index(b"\xff\xee")
    length = 2 + int.from_bytes(data[mark + 2 : mark + 4])
    assert data[mark + 4 : mark + 9] == b"Adobe"
    assert near(data if adobe else data[:mark] + data[mark + length :], inks)


# -- greys and colours of more than eight bits -----------------------------------------------------

GREY = noise(60, 40).convert("L")
BITS = [8, 10, 12, 14, 16]


def deep(image: Image.Image, bits: int) -> np.ndarray:
    return np.round(np.asarray(image, float) * ((2**bits - 1) / 255)).astype(np.uint16)


def deep_png(values: np.ndarray) -> bytes:
    """A PNG of 16 bits, (H, W) grey or (H, W, 3 or 4) colours."""
    colour = 0 if values.ndim == 2 else {3: 2, 4: 6}[values.shape[2]]
    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, colour, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts(*chunks)


def tiff(values: np.ndarray, order: str = "<", planes: bool = False, **tags: int) -> bytes:
    """A TIFF of (H, W) grey or (H, W, 3) colours, of any type, uncompressed or (z=1) deflated."""
    high, wide, count = *values.shape[:2], values.size // values.shape[0] // values.shape[1]
    stored = values.astype(values.dtype.newbyteorder(order))
    whole = [stored] if not planes else [stored[..., plane] for plane in range(count)]
    strips = [np.ascontiguousarray(strip).tobytes() for strip in whole]
    packing = 1
    if tags.pop("z", 0):
        strips, packing = [zlib.compress(strip) for strip in strips], 8
    starts = list(np.cumsum([8, *map(len, strips)]))
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    fields = {256: [wide], 257: [high], 258: [values.dtype.itemsize * 8] * count, 259: [packing]}
    fields |= {262: [2 if count == 3 else 1], 273: starts[:-1], 277: [count], 278: [high]}
    fields |= {
        279: [len(strip) for strip in strips],
        284: [2 if planes else 1],
        339: [kind] * count,
    }
    fields |= {int(tag[1:]): [value] for tag, value in tags.items()}
    table, extra, at = [], b"", int(starts[-1])
    for tag, numbers in sorted(fields.items()):
        packed = struct.pack(f"{order}{len(numbers)}I", *map(int, numbers))
        if len(numbers) > 1:
            packed, extra = struct.pack(f"{order}I", at + len(extra)), extra + packed
        table.append(struct.pack(f"{order}HHI", tag, 4, len(numbers)) + packed)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", at + len(extra))
    body = b"".join(strips) + extra + struct.pack(f"{order}H", len(table)) + b"".join(table)
    return head + body + bytes(4)


@pytest.mark.parametrize("bits", BITS)
def test_greys_of_fewer_bits_in_sixteen_are_as_bright(bits: int) -> None:
    values = deep(GREY, bits)
    sources = [deep_png(values), b"P5 60 40 65535\n" + values.astype(">u2").tobytes()]
    sources += [tiff(values, order, z=z) for order in "<>" for z in (0, 1)]
    white_is_0 = tiff((2**bits - 1 - values).astype(np.uint16), t262=0)
    for data in (*sources, white_is_0):
        assert near(data, GREY, 1.1)


@pytest.mark.parametrize("bits", BITS)
def test_colours_of_fewer_bits_in_sixteen_are_as_bright(bits: int) -> None:
    values = deep(noise(60, 40), bits)
    clear = np.full((40, 60, 1), 65535, np.uint16)
    sources = [deep_png(values), deep_png(np.dstack([values, clear]))]
    sources += [tiff(values, order, z=z) for order in "<>" for z in (0, 1)]
    sources.append(b"P6 60 40 65535\n" + values.astype(">u2").tobytes())
    for data in sources:
        assert near(data, noise(60, 40), 1.1)


def test_colours_plane_by_plane() -> None:
    for values in (np.asarray(noise(60, 40)), deep(noise(60, 40), 16)):
        for order in "<>":
            assert near(tiff(values, order, planes=True), noise(60, 40), 1.1)
            assert near(tiff(values, order, planes=True, z=1), noise(60, 40), 1.1)


def test_numbers_of_every_kind_in_a_tiff() -> None:
    grey = np.asarray(GREY)
    shares = (grey / 255).astype(np.float32)
    for values in (
        *(shares, grey.astype(np.int16) * 16),
        *(grey.astype(np.int32) * 16, grey.astype(np.uint32) * 16),
    ):
        assert near(tiff(values), GREY, 2), values.dtype
    stretched = Image.fromarray((np.asarray(GREY, float) * (255 / grey.max())).astype(np.uint8))
    for values in (shares * 255, shares * 40_000, grey.astype(np.uint32) * 16_843_009):
        assert near(tiff(values), stretched, 2 if values.dtype.kind == "u" else 20), values.dtype
    # A scanner of the body: below water is negative.
    shown = pixels(tiff((grey.astype(np.int16) - 128) * 16))[..., 0]
    assert np.corrcoef(shown.ravel(), grey.ravel())[0, 1] > 0.999
    assert shown.max() > 100
    assert near(tiff(1 - shares, t262=0), GREY, 1.1)


def test_a_lamp_or_no_number_does_not_darken_the_rest() -> None:
    shares = (np.asarray(GREY) / 255).astype(np.float32)
    shares[0, :2] = np.inf, np.nan
    shares[1, 0] = 1000
    assert near(tiff(shares), GREY, 2)


def test_nearly_black_stays_so() -> None:
    black = np.zeros((20, 20), np.uint16)
    black[3, 3] = 5
    assert pixels(deep_png(black)).max() <= 5


@pytest.mark.parametrize("largest", [1, 100, 254, 1023, 4095, 65534])
def test_netpbm_of_any_maximum(largest: int) -> None:
    for image in (noise(300, 240), noise(300, 240).convert("L")):
        values = np.round(np.asarray(image, float) * largest / 255).astype(np.uint16)
        kind, text = (6, 3) if values.ndim == 3 else (5, 2)
        raw = values.astype(np.uint8 if largest < 256 else ">u2").tobytes()
        shown = Image.fromarray(np.round(values * (255 / largest)).astype(np.uint8))
        size = b"# as a camera writes it\n300 240\n%d\n" % largest
        assert near(b"P%d\n" % kind + size + raw, shown, 0.1)
        words = "\n".join(map(str, values.ravel())).encode()
        assert near(b"P%d\n" % text + size + b"# and more\n" + words, shown, 0.1)


def test_a_large_netpbm_is_read_soon() -> None:
    started = time.process_time()
    assert pixels(b"P5 3000 2000 4095\n" + b"\x0f\xff" * 6_000_000).min() == 255
    assert time.process_time() - started < 2


def test_netpbm_that_is_damaged() -> None:
    for data in (b"P2 20 10 100\n" + b"7 " * 199, b"P2 20 10 100\n" + b"101 " * 200):
        assert "damaged" in complaint(data)
    for data in (b"P5 20 10 100\n" + bytes(99), b"P2 20 10 100\n" + b"-7 " * 200):
        assert "damaged" in complaint(data)
    assert complaint(b"P5 0 10 100\n" + bytes(99))


def test_a_bmp_in_runs() -> None:
    grey = noise(640, 480).convert("L")
    assert near(in_runs(grey), grey, 0.1)
    endless = in_runs(grey)[:1078] + b"\0\0" * 10_000_000  # ends of rows without a pixel
    assert "damaged" in complaint(endless)


def test_a_preview_before_the_picture_is_passed() -> None:
    small, large = noise(16, 12, seed=1), noise(60, 40)
    data = saved(small, "TIFF", tiffinfo={254: 1}, save_all=True, append_images=[large])
    tag = struct.pack("<HHI", 254, 4, 1)
    assert data.count(tag) == 2
    second = data.rindex(tag) + len(tag)
    np.testing.assert_array_equal(pixels(data[:second] + bytes(4) + data[second + 4 :]), large)
    alone = tiff(np.asarray(small), t254=1)  # says of itself that it is small: so what
    np.testing.assert_array_equal(pixels(alone), small)
    assert "raw data" in complaint(tiff(np.asarray(small), t254=1, t330=8))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf" + bytes(99), "HEIC"),
        (b"\0\0\0\x18ftypheix" + bytes(99), "HEIC"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0avifmif1miaf" + bytes(99), "AVIF"),
        (b"\0\0\0\x18ftypavif" + bytes(99), "AVIF"),
        (b"\0\0\0\x18ftypmp42" + bytes(99), "film"),
        (b"\0\0\0\x14ftypqt  " + bytes(99), "film"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xff\x0a" + bytes(99), "JPEG XL"),
        (b"%PDF-1.7\n" + bytes(99), "PDF"),
        (b"8BPS\0\1" + bytes(99), "Photoshop"),
    ],
)
def test_what_people_take_for_pictures_is_named(data: bytes, word: str) -> None:
    sentence = complaint(data)
    assert word in sentence
    assert "damaged" not in sentence


def test_how_much_smaller_a_picture_came_goes_along() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for format in ("JPEG", "PNG"):
        data = saved(noise(900, 600), format, exif=exif)
        smaller = open_picture(data, side=100)
        assert smaller.info == {images.REDUCED: pytest.approx(900 / smaller.height, rel=0.02)}
        assert smaller.info[images.REDUCED] > 3
        assert open_picture(data).info == {}
        assert open_picture(data, side=600).info == {}


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff" * 8_000_000,
        b"\xff\xd8" + b"\xff" * 24_000_000,
        b"\xff\xd8\xff" + b"\xda\0\2\xff" * 6_000_000,
        b"\xff\xd8\xff\xc2\0\2" + b"\xff\xc4\0\2" * 6_000_000,
        b" " * 24_000_000,
        b"P5" + b" " * 24_000_000,
        b"P5" + b"#\n" * 12_000_000,
        b"\x89PNG\r\n\x1a\n" + parts((b"IHDR", bytes(13))) + parts((b"IDAT", b"")) * 2_000_000,
        png_head(4000, 3999)[:-20],
        png_head(60_000, 60_000)[:-20],
    ],
    ids=lambda data: repr(data[:12]),
)
def test_forged_wrappings_are_refused_soon(data: bytes) -> None:
    assert complaint(data)
