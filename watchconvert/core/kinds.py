"""What the first bytes of a file must look like, for kinds that can be told by them."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_STARTS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "tif": (b"II*\x00", b"MM\x00*"),
    "tiff": (b"II*\x00", b"MM\x00*"),
    "webp": (b"RIFF",),
} | dict.fromkeys(("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub"), _ZIP)
_PDF_SLACK = 1024
"""A PDF may begin with rubbish of this length, as readers accept it."""


def contradicts(ending: str, start: bytes) -> bool:
    """Tell whether the first bytes of a result cannot be those of a file with that ending."""
    wanted = _STARTS.get(ending.lower().lstrip("."))
    if not wanted or not start:
        return False
    if ending.lower().endswith("pdf"):
        wanted = (b"%PDF-",)
        if b"%PDF-" in start[:_PDF_SLACK]:
            return False
    if any(whole.startswith(start) for whole in wanted):
        return False  # cut off before it could be told: its length will tell
    return not start.startswith(wanted)
