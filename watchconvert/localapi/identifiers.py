"""JobIds and FileIds: 32 characters of `[a-z0-9]`, each of them a key that nobody can guess."""

import itertools
import re
import secrets
import string
import uuid

ALPHABET = string.ascii_lowercase + string.digits
LENGTH = 32
_PLAIN = re.compile(r"[a-z0-9]{32}")
_DASHED = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def new_identifier() -> str:
    """Return a random FileId or name for a file of ours: 165 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def new_job_identifier() -> str:
    """Return a random JobId that is at the same time a UUID, so that both dialects can write it."""
    return uuid.uuid4().hex


def is_identifier(text: str) -> bool:
    """Whether `text` can be a FileId."""
    return _PLAIN.fullmatch(text) is not None


def job_identifier(text: str) -> str | None:
    """Return the 32 characters meant by `text`, given plain or as a UUID with dashes; None when it is neither."""
    if _PLAIN.fullmatch(text):
        return text
    if _DASHED.fullmatch(text):
        return text.replace("-", "").lower()
    return None


def dashed_identifier(identifier: str) -> str:
    """Return the form of the old dialect: 8-4-4-4-12."""
    cuts = (0, 8, 12, 16, 20, LENGTH)
    return "-".join(identifier[start:end] for start, end in itertools.pairwise(cuts))


def masked_identifier(identifier: str | None) -> str:
    """Enough of an id to find it in a log, too little to use it."""
    return "-" if identifier is None else f"{identifier[:6]}~"
