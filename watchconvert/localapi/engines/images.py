"""Pictures: between formats, onto pages, several into one."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from watchconvert.localapi.engines.interface import ConversionError, ErrorCode
from watchconvert.localapi.engines.job import Job, reported_as

# what Pillow may try: its other readers include ones that start programs
_READ_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP")
_WRITE_FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP", "tif": "TIFF"}
_MANY_FRAMES = {"gif": ("gif", "webp"), "webp": ("gif", "webp"), "tif": ("tif",)}
_OPAQUE = frozenset({"jpg", "bmp"})
_EMBEDDED_AS_IS = frozenset({"JPEG", "PNG", "TIFF"})
_MOST_FRAMES = 500
_BROKEN = (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError)


@contextmanager
def opened_image(path: Path) -> Iterator[Image.Image]:
    """Open a picture. Raises ConversionError when it is damaged or too large to unpack."""
    formats = _readable_formats(path)
    with (
        reported_as(ErrorCode.FAILED, "The image is too large", Image.DecompressionBombError),
        reported_as(ErrorCode.DAMAGED, "The image is damaged or of another format", *_BROKEN),
        Image.open(path, formats=formats) as image,
    ):
        image.load()
        yield image


def _readable_formats(path: Path) -> tuple[str, ...]:
    if path.suffix != ".heic":
        return _READ_FORMATS
    import pi_heif  # noqa: PLC0415 - the other formats need none

    pi_heif.register_heif_opener()
    return (*_READ_FORMATS, "HEIF")


def image_to_image(job: Job) -> None:
    """Write each picture in the target's format; each page of a TIFF on its own where the target has no pages."""
    for number, path in job.each_source():
        with opened_image(path) as image:
            frames = _wanted_frames(job, image, job.source_formats[number])
            if len(frames) > 1 and job.target in _MANY_FRAMES.get(job.source_formats[number], ()):
                _save_image(job, frames, job.outputs.new_file(job.target, number))
                continue
            for frame in frames:
                _save_image(job, [frame], job.outputs.new_file(job.target, number))


def _wanted_frames(job: Job, image: Image.Image, source_format: str) -> list[Image.Image]:
    several = source_format == "tif" or job.target in _MANY_FRAMES.get(source_format, ())
    if not several or getattr(image, "n_frames", 1) == 1:
        return [_fit(job, ImageOps.exif_transpose(image))]
    if getattr(image, "n_frames", 1) > _MOST_FRAMES:
        raise ConversionError(ErrorCode.FAILED, f"The image has more than {_MOST_FRAMES} frames.")
    return [_fit(job, frame.copy()) for frame in ImageSequence.Iterator(image)]


def _fit(job: Job, image: Image.Image) -> Image.Image:
    """Scale as ScaleImage, ImageWidth and ImageHeight ask."""
    width, height = job.number("ImageWidth"), job.number("ImageHeight")
    if not job.flag("ScaleImage") or not (width or height):
        return image
    width, height = width or image.width * height // image.height, height or image.height * width // image.width
    if job.flag("ScaleProportions"):
        return ImageOps.contain(image, (max(1, width), max(1, height)))
    return image.resize((max(1, width), max(1, height)))


def _save_image(job: Job, frames: list[Image.Image], path: Path) -> None:
    first, *others = [_suited(frame, job.target) for frame in frames]
    options: dict[str, Any] = {"icc_profile": frames[0].info.get("icc_profile")}
    if job.target in {"jpg", "webp"}:
        options["quality"] = job.number("JpegQuality", 80)
    if others:
        options |= {"save_all": True, "append_images": others, "duration": frames[0].info.get("duration", 100)}
    if job.target == "tif":
        options |= {"compression": "tiff_lzw"}
        options.pop("duration", None)
    first.save(
        path, _WRITE_FORMATS[job.target], **{name: value for name, value in options.items() if value is not None}
    )


def _suited(image: Image.Image, target: str) -> Image.Image:
    """Return the picture in a colour mode that the target can hold, transparency laid on white where it must go."""
    if target in _OPAQUE:
        return flattened(image)
    if image.mode in {"1", "L", "P", "RGB", "RGBA"}:
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def flattened(image: Image.Image) -> Image.Image:
    """Return an opaque grey or RGB picture."""
    if image.has_transparency_data:
        image = image.convert("RGBA")
        canvas = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(canvas, image).convert("RGB")
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")


def save_scaled(job: Job, picture: Path, result: Path) -> None:
    """Save a rendered picture as the job's target, scaled as it asks."""
    with opened_image(picture) as image:
        save_picture(job, image, result)


def save_picture(job: Job, image: Image.Image, result: Path) -> None:
    """Save one picture as the job's target, scaled as it asks."""
    _save_image(job, [_fit(job, image)], result)


def images_to_pdf(job: Job) -> None:
    """Put all pictures on pages of one PDF, their pixels untouched where PDF can hold them."""
    import img2pdf  # noqa: PLC0415 - the other functions need none

    pictures: list[Any] = []
    for _, path in job.each_source():
        pictures.append(_embeddable(path))
    with reported_as(ErrorCode.FAILED, "The images could not be put on pages", Exception):
        content = img2pdf.convert(*pictures, rotation=img2pdf.Rotation.ifvalid, **_paper(job))
    job.outputs.new_file("pdf").write_bytes(content)


def _embeddable(path: Path) -> bytes:
    """Return the file as it is where img2pdf takes it without loss, else the same pixels as PNG."""
    with opened_image(path) as image:
        deep = image.mode.startswith(("I", "F"))
        if image.format in _EMBEDDED_AS_IS and not image.has_transparency_data and not deep:
            return path.read_bytes()
        buffer = io.BytesIO()
        flattened(ImageOps.exif_transpose(image)).save(buffer, "PNG")
        return buffer.getvalue()


def _paper(job: Job) -> dict[str, Any]:
    """Return img2pdf's options for the page size; none makes pages as large as their pictures."""
    import img2pdf  # noqa: PLC0415 - see images_to_pdf

    name = job.text("PageSize")
    if name in {"", "default"}:
        return {}
    size = img2pdf.parse_pagesize_rectarg({"ledger": "11inx17in"}.get(name, name))
    size = size[::-1] if job.text("PageOrientation") == "landscape" else size
    return {"layout_fun": img2pdf.get_layout_fun(pagesize=size, fit=img2pdf.FitMode.into)}


def join_images(job: Job) -> None:
    """Put all pictures beside or below each other in one, on white."""
    pictures = [_loaded(path) for _, path in job.each_source()]
    across = job.text("JoinDirection") == "horizontal"
    sizes = [(picture.width, picture.height) for picture in pictures]
    width = sum(size[0] for size in sizes) if across else max(size[0] for size in sizes)
    height = max(size[1] for size in sizes) if across else sum(size[1] for size in sizes)
    if width * height > (Image.MAX_IMAGE_PIXELS or 0):
        raise ConversionError(ErrorCode.FAILED, "The joined image would be too large.")
    canvas, left, top = Image.new("RGB", (width, height), "white"), 0, 0
    for picture in pictures:
        canvas.paste(picture, (left, top))
        left, top = (left + picture.width, 0) if across else (0, top + picture.height)
    canvas.save(job.outputs.new_file("png"), "PNG")


def _loaded(path: Path) -> Image.Image:
    with opened_image(path) as image:
        return flattened(ImageOps.exif_transpose(image)).copy()
