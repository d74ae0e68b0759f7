"""Durations and sizes as people write them in the configuration."""

import re

_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,15})?"
DURATION = rf" *(?:{_NUMBER} *(?:min|ms|s|m|h|d) *)+"
"""How a duration is written, as a pattern of the whole text."""
SIZE = rf" *{_NUMBER} *(?:[KMGTkmgt][Ii]?[Bb]|[Bb])? *"
"""How a size is written, likewise."""
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {
    "": 1, "b": 1, "kb": 10**3, "kib": 2**10, "mb": 10**6, "mib": 2**20,
    "gb": 10**9, "gib": 2**30, "tb": 10**12, "tib": 2**40,
}  # fmt: skip


def parse_duration(text: str) -> float:
    """Return the seconds in "500ms", "1s", "5m", "2h", "1d" or a sum of such, "1h 30m".

    Raises:
        ValueError: it is not written so.

    """
    if not re.fullmatch(DURATION, text):
        raise ValueError(text)
    return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(rf"({_NUMBER}) *([a-z]+)", text))


def parse_size(text: str) -> int:
    """Return the bytes in "100MB" (powers of ten) or "64 MiB" (powers of two).

    Raises:
        ValueError: it is not written so.

    """
    if not re.fullmatch(SIZE, text):
        raise ValueError(text)
    number, unit = re.findall(rf"({_NUMBER}) *([A-Za-z]*)", text)[0]
    return int(float(number) * _BYTES[unit.lower()])


def say_duration(seconds: float) -> str:
    """Say a duration in its two largest units: "3 h 20 min", "12 s"."""
    whole = int(seconds)
    if whole < 1:
        return f"{seconds * 1000:.0f} ms" if seconds > 0 else "0 s"
    pieces = [(whole // 86400, "d"), (whole // 3600 % 24, "h"), (whole // 60 % 60, "min"), (whole % 60, "s")]
    start = next(at for at, (count, _) in enumerate(pieces) if count)
    return " ".join(f"{count} {unit}" for count, unit in pieces[start : start + 2] if count)


def say_count(number: int, what: str) -> str:
    """Say how many of something there are: "1 file", "2 files"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def say_size(size: int) -> str:
    """Say a number of bytes with three digits at most: "512 B", "1.2 MB"."""
    value, units = float(size), ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.0f} {units[0]}" if units[0] == "B" or value >= 10 else f"{value:.1f} {units[0]}"
