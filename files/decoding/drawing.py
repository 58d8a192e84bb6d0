"""Renditions: small, upright, sRGB, with nothing in them but pixels."""

import io
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from files.decoding import limits
from files.decoding.opening import Opened

if TYPE_CHECKING:
    from PIL.Image import Image

EDGES = {"preview": 1600, "thumbnail": 256}
"""Pixels of the longest edge, at most: a smaller photo is not made larger."""
FORMS = {"webp": "WEBP", "jpeg": "JPEG"}
QUALITY = 80
HAS_ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")


def draw(photo: Opened, wanted: list[str], folder: Path) -> list[str]:
    """Writes each of the wanted ("preview.webp" …) into the folder."""
    if not wanted:
        return []
    picture = _upright(_in_srgb(_small(photo.image)), photo.turn)
    for name in wanted:
        kind, _, form = name.partition(".")
        drawn = _fitted(picture, EDGES[kind])
        drawn = _on_white(drawn) if form == "jpeg" else drawn
        drawn.save(folder / name, FORMS[form], quality=QUALITY)
    return wanted


def _small(image: "Image") -> "Image":
    """Averaged down by a whole factor first: all that follows is cheap then."""
    image = _averageable(image)
    factor = max(image.size) // EDGES["preview"]
    profile = image.info.get("icc_profile")
    if factor > 1:
        image = image.reduce((min(factor, image.width), min(factor, image.height)))
    image.info = {"icc_profile": profile} if profile else {}
    return image


def _averageable(image: "Image") -> "Image":
    """In a mode whose values can be averaged, eight bits each."""
    info = image.info
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if "transparency" in info or image.mode == "PA" else "RGB")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode in ("I", "F"):
        _, brightest = image.getextrema()
        scale = 255 / max(float(brightest), 1.0)  # type: ignore[arg-type]
        image = image.point(lambda value: value * scale).convert("L")
    elif "transparency" in info and image.mode in ("L", "RGB"):
        image = image.convert("RGBA")
    image.info = info
    return image


def _in_srgb(image: "Image") -> "Image":
    """By the embedded profile; a bad or missing one means sRGB already. The alpha channel stays as it is."""
    alpha = image.getchannel("A") if image.mode in HAS_ALPHA else None
    profile = image.info.pop("icc_profile", None)
    opaque = {"LA": "L", "RGBA": "RGB", "RGBX": "RGB", "YCbCr": "RGB"}.get(image.mode)
    image = image.convert(opaque) if opaque else image
    image = _converted(image, profile) if profile or image.mode == "LAB" else image
    image = image if image.mode == "RGB" else image.convert("RGB")
    image.info = {}
    if alpha is not None and alpha.getextrema() != (255, 255):
        image.putalpha(alpha)
    return image


def _converted(image: "Image", profile: bytes | None) -> "Image":
    from PIL import ImageCms

    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        if profile is not None and len(profile) > limits.MOST_PROFILE:
            return image
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else ImageCms.createProfile("LAB")
        converted = ImageCms.profileToProfile(
            image,
            own,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return converted or image
    return image


def _upright(image: "Image", turn: int) -> "Image":
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
    }  # fmt: skip
    return image.transpose(turns[turn]) if turn in turns else image


def _fitted(image: "Image", edge: int) -> "Image":
    from PIL.Image import Resampling

    fitted = image.copy()
    fitted.thumbnail((edge, edge), Resampling.LANCZOS, reducing_gap=3.0)
    return fitted


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white
