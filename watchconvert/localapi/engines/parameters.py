"""The parameters that conversions honour: their definitions, and the reading of what a client sent.

A parameter that a pair does not know is ignored, as the service does; a value out of range is refused.
"""

from collections.abc import Mapping, Sequence

from watchconvert.localapi.engines.interface import Pair, Parameter, ParameterError

Value = str | int | float | bool | None

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
# names that other converters of the service use for the same thing
_ALIASES = {
    "imagequality": "jpegquality",
    "jpgquality": "jpegquality",
    "imageresolutionh": "imageresolution",
    "imageresolutionv": "imageresolution",
}
PAGE_SIZES = ("a3", "a4", "a5", "b4", "b5", "letter", "legal", "ledger")
_LAST_PAGE = 1_000_000


def _whole(name: str, label: str, limits: tuple[int, int], default: str, description: str) -> Parameter:
    low, high = limits
    return Parameter(name, label, "integer", default, description, minimum=low, maximum=high)


PAGE_RANGE = Parameter("PageRange", "Page range", "string", "", "Pages to keep or convert, such as 1-3,5 or 2-.")
PASSWORD = Parameter("Password", "Password", "string", "", "Opens a password protected PDF.")
PAGE_SIZE = Parameter(
    "PageSize", "Page size", "choice", "a4", "Size of the pages, where the document does not set its own.", PAGE_SIZES
)
ORIENTATION = Parameter(
    "PageOrientation", "Orientation", "choice", "portrait", "Which way the pages lie.", ("portrait", "landscape")
)
IMAGE_PAGE = Parameter(
    "PageSize", "Page size", "choice", "default", "`default` makes each page as large as its image.",
    ("default", *PAGE_SIZES),
)  # fmt: skip
MARGINS = tuple(
    _whole(f"Margin{side}", f"{side} margin", (0, 500), "10", "Margin in millimetres.")
    for side in ("Top", "Right", "Bottom", "Left")
)
RESOLUTION = _whole("ImageResolution", "Resolution", (10, 800), "200", "Dots per inch of the images.")
QUALITY = _whole("JpegQuality", "JPEG quality", (10, 100), "80", "Higher is better and larger.")
SCALING = (
    Parameter("ScaleImage", "Scale image", "bool", "false", "Scale to ImageWidth and ImageHeight."),
    Parameter("ScaleProportions", "Keep proportions", "bool", "true", "Fit inside the size instead of stretching."),
    _whole("ImageWidth", "Image width", (10, 20_000), "", "Width in pixels, with ScaleImage."),
    _whole("ImageHeight", "Image height", (10, 20_000), "", "Height in pixels, with ScaleImage."),
)
ROTATE = Parameter(
    "RotatePage", "Rotate page", "choice", "90", "Degrees clockwise.", ("90", "180", "270", "-90", "0")
)  # fmt: skip
PROTECTION = (
    Parameter("UserPassword", "User password", "string", "", "Needed to open the result."),
    Parameter("OwnerPassword", "Owner password", "string", "", "Needed to change the result's permissions."),
)
COMPARE_FILE = Parameter("CompareFile", "Compare file", "file", "", "The document to compare with: the second file.")
JOIN_DIRECTION = Parameter(
    "JoinDirection", "Direction", "choice", "vertical", "How the images are put together.", ("vertical", "horizontal")
)


def read_parameters(pair: Pair, given: Mapping[str, str]) -> dict[str, Value]:
    """Return a typed value for every parameter of `pair`, its default where none was given.

    Raises ParameterError for the first value that is not of its type or out of its range.
    """
    lowered = {_ALIASES.get(name.lower(), name.lower()): value for name, value in given.items()}
    return {
        parameter.name: _read_value(parameter, lowered.get(parameter.name.lower()) or parameter.default)
        for parameter in pair.parameters
    }


def _read_value(parameter: Parameter, text: str) -> Value:
    if not text:
        return None
    if parameter.name == PAGE_RANGE.name:
        parse_ranges(text)
        return text
    if parameter.type == "integer":
        return _read_integer(parameter, text)
    if parameter.type == "bool":
        return _read_flag(parameter, text)
    if parameter.type == "choice":
        return _read_choice(parameter, text)
    return text


def _read_integer(parameter: Parameter, text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise ParameterError(parameter.name, f"The field {parameter.name} must be a whole number.") from None
    low, high = parameter.minimum or 0, parameter.maximum or 0
    if not low <= value <= high:
        raise ParameterError(parameter.name, f"The field {parameter.name} must be between {low:g} and {high:g}.")
    return value


def _read_flag(parameter: Parameter, text: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise ParameterError(parameter.name, f"The field {parameter.name} must be true or false.")
    return word in _TRUE


def _read_choice(parameter: Parameter, text: str) -> str:
    word = text.strip().lower()
    if word not in parameter.values:
        raise ParameterError(
            parameter.name, f"The field {parameter.name} must be one of: {', '.join(parameter.values)}."
        )
    return word


def parse_ranges(text: str) -> list[tuple[int, int]]:
    """Read `1-3,5,7-` into inclusive pairs counted from one. Raises ParameterError naming PageRange."""
    return [_parse_range(part.strip()) for part in text.split(",")]


def _parse_range(part: str) -> tuple[int, int]:
    first, dash, last = part.partition("-")
    low = int(first) if first.isdecimal() else 0
    high = low if not dash else int(last) if last.isdecimal() else 0 if last else _LAST_PAGE
    if not 1 <= low <= high:
        raise ParameterError(PAGE_RANGE.name, "The field PageRange must look like 1-3,5 with pages counted from 1.")
    return low, high


def select_pages(text: str, count: int) -> Sequence[int]:
    """Return the pages of `text`, counted from zero and in their order, of a document of `count` pages.

    An empty text selects all. Raises ParameterError when no page is left.
    """
    if not text:
        return range(count)
    pages = [page for low, high in parse_ranges(text) for page in range(low - 1, min(high, count))]
    if not pages:
        raise ParameterError(PAGE_RANGE.name, f"The field PageRange selects none of the {count} pages.")
    return pages
