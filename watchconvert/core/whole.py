"""Whether the content of a file looks whole: the gate that catches uploads that were cut off.

A writer that died leaves a file that nobody has open and that is quiet for
ever.  Kinds whose end can be told are looked at there; all others pass.
"""

_ZIP_TAIL = 65_557
"""Bytes from the end in which a zip file's directory must end: its record and the longest comment."""
_TAIL = 65_536
_ZIPS = frozenset({"zip", "docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "odt", "ods", "odp", "epub"})
_JPEGS = frozenset({"jpg", "jpeg"})
_HEAD = 8


def ends_wanted(kind: str) -> tuple[int, int]:
    """Return how many bytes from the start and from the end of a file of that ending are worth a look."""
    if kind in _ZIPS:
        return 4, _ZIP_TAIL
    if kind in _JPEGS or kind == "pdf":
        return _HEAD, _TAIL
    return (_HEAD, 12) if kind == "png" else (0, 0)


def looks_whole(kind: str, head: bytes, tail: bytes) -> bool:
    """Tell whether a file of that ending may be whole.

    A file that is not of the kind that its ending says is whole as far as this
    gate knows: the service will tell what is wrong with it.
    """
    if kind in _ZIPS:
        return not head.startswith(b"PK") or b"PK\x05\x06" in tail
    if kind == "pdf":
        return not head.startswith(b"%PDF") or b"%%EOF" in tail
    if kind in _JPEGS:
        return not head.startswith(b"\xff\xd8") or b"\xff\xd9" in tail
    if kind == "png":
        return not head.startswith(b"\x89PNG") or b"IEND" in tail
    return True
