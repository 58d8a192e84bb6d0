"""Images that mean harm, made by hand or by bending good ones."""

import io
import struct
import zlib
from collections.abc import Iterable

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()


def body_of(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *, bits: int = 8, colour: int = 2, extra: Iterable[bytes] = ()) -> bytes:
    """All black. Packs a thousand to one, like any bomb."""
    samples = {0: 1, 2: 3, 6: 4}[colour]
    row = bytes(1 + (width * samples * bits + 7) // 8)
    packer, packed = zlib.compressobj(1), []
    for _ in range(height):
        packed.append(packer.compress(row))
    pixels = b"".join(packed) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def claimed_png(width: int, height: int) -> bytes:
    """Says that it is large, and is not."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


def packed_text(kind: bytes, unpacked: int) -> bytes:
    """A zTXt or iCCP chunk that unpacks to so many zeros."""
    return chunk(kind, b"name\x00\x00" + zlib.compress(bytes(unpacked), 9))


def jpeg(**options: object) -> bytes:
    return body_of(Image.effect_noise((64, 48), 60).convert("RGB"), "JPEG", **options)


def claimed_jpeg(width: int, height: int, **options: object) -> bytes:
    """The frame header's dimensions are changed."""
    body = jpeg(**options)
    at = next(body.find(mark) for mark in (b"\xff\xc0", b"\xff\xc2") if mark in body)
    return body[: at + 5] + struct.pack(">HH", height, width) + body[at + 9 :]


def many_scans(width: int, height: int, scans: int) -> bytes:
    """A progressive JPEG of nearly no bytes, each of whose scans passes over the whole picture."""
    body = claimed_jpeg(width, height, progressive=True)
    last = body.rfind(b"\xff\xda")
    length = struct.unpack(">H", body[last + 2 : last + 4])[0]
    scan = body[last : last + 2 + length] + b"\x00"
    return body[:last] + scan * scans + b"\xff\xd9"


def claimed_gif(width: int, height: int) -> bytes:
    body = body_of(Image.new("P", (8, 8)), "GIF")
    sizes = struct.pack("<HH", width, height)
    at = body.index(b"\x2c", 13 + 3 * 2 ** ((body[10] & 7) + 1) if body[10] & 0x80 else 13)
    return body[:6] + sizes + body[10 : at + 5] + sizes + body[at + 9 :]


def claimed_webp(width: int, height: int) -> bytes:
    body = body_of(Image.new("RGB", (16, 16)), "WEBP", lossless=True)
    bits = struct.unpack("<I", body[21:25])[0] & ~0xFFFFFFF | (width - 1) | (height - 1) << 14
    return body[:21] + struct.pack("<I", bits) + body[25:]


def claimed_heif(form: str, width: int, height: int) -> bytes:
    body = body_of(Image.effect_noise((64, 64), 60).convert("RGB"), form)
    at = body.index(b"ispe") + 8
    return body[:at] + struct.pack(">II", width, height) + body[at + 8 :]


def tiff(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    """One directory, little-endian: (tag, kind, count, value)."""
    listed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", len(entries)) + listed + struct.pack("<I", following)


def claimed_tiff(width: int, height: int) -> bytes:
    return tiff(
        [
            (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8),
            (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, 100),
        ]
    )  # fmt: skip


def looping_tiff() -> bytes:
    body = body_of(Image.new("L", (16, 16)), "TIFF")
    first = struct.unpack("<I", body[4:8])[0]
    end = first + 2 + 12 * struct.unpack("<H", body[first : first + 2])[0]
    return body[:end] + body[4:8] + body[end + 4 :]


def long_tiff(pages: int) -> bytes:
    first, *more = [Image.new("L", (4, 4)) for _ in range(pages)]
    return body_of(first, "TIFF", save_all=True, append_images=more)


def animation(form: str, frames: int) -> bytes:
    first, *more = [Image.new("L", (16, 16), number % 256) for number in range(frames)]
    return body_of(first.convert("RGB"), form, save_all=True, append_images=more)


def with_exif(block: bytes) -> bytes:
    """A JPEG with this block of EXIF, however wrong it is."""
    body = jpeg()
    content = b"Exif\x00\x00" + block
    return body[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + body[2:]


def looping_exif() -> bytes:
    """Its directories point to themselves."""
    pointers = [(0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0xA005, 4, 1, 8)]
    return with_exif(tiff(pointers, following=8))


def absurd_exif() -> bytes:
    """Four thousand million values of everything, a thousand tags."""
    entries = [(tag, 5, 0xFFFFFFFF, 0xFFFFFFF0) for tag in (0x010F, 0x0110, 0x011A, 0x8769, 0x8825)]
    return with_exif(tiff(entries) + bytes(3))
