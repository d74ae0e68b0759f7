"""Odd values by the million: the same for the same number, and more of what has ever broken anything than chance has."""

import os
import random
import unicodedata
from collections.abc import Iterator

FULL = os.environ.get("WATCHCONVERT_SWEEP") == "full"
MILLION = 1_000_000
PIECES: tuple[bytes, ...] = (
    *(bytes([each]) for each in range(1, 256) if each != 0x2F),
    *(text.encode() for text in ("ä", "e\u0301", "Å", "ﬁ", "İ", "ß", "\u017f", "\u202e", "\u2066", "\u200b", "\u2028", "\ufeff", "\u0085")),
    *(text.encode() for text in ("报告", "отчёт", "👨‍👩‍👧‍👦", "🇩🇪", "\U0010ffff", "\ue000", "\ufffe", "\u0600", "﷽", "\U000e0041")),
    b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xff\xfe", b"\xe2\x80", b"\x9b31m", b"\x1b[31m", b"\x1b]0;title\x07",
    b"CON", b"nul", b"COM1", b"LPT9", b"aux", b"-rf", b"--help", b"..", b"...", b"~", b"$(id)", b"`id`", b"%00", b"%2e%2e%2f", b"%s%n",
    b"\r\n", b"\n", b"\t", b" ", b'"', b"'", b"\\", b"..\\", b"C:", b":stream", b"|", b"<script>", b"{name}", b"{", b"}", b"=cmd|", b"#",
    b".docx", b".pdf", b".tar.gz", b".DOCX", b".d x", b".x" * 20, b".error.txt", b"document", b"document-2", b" (2)", b".watchconvert",
    b"x" * 60, b"\x80" * 40, "ä".encode() * 50,
)  # fmt: skip
CORPUS: tuple[bytes, ...] = (
    b"x" * 255, b"x" * 251 + b".doc", b"." + b"x" * 254, "ä".encode() * 127, "👩".encode() * 63, b"\x80" * 255, b"\xff" * 251 + b".pdf",
    b".docx", b"a.", b"a..", b"a. ", b" a", b"a\n.docx", b"\n", b"\r\n.docx", b"-", b"--", b"-rf.docx", b"CON.docx", b"NUL", b"COM1.pdf",
    *(unicodedata.normalize(form, "Müller Å ﷽.docx").encode() for form in ("NFC", "NFD", "NFKC", "NFKD")),
    "\u202egpj.docx".encode(), b"\x1b[2J\x1b]0;x\x07.docx", b"%00.docx", b"a%0d%0aX: y.docx", b'a"; filename="b.docx', b"a'b`c$(d).docx",
    "👨‍👩‍👧‍👦🏳️‍🌈.docx".encode(), b'{"event": "forged"}\n.docx', b"\xc3.docx", b"a\xed\xa0\x80.docx", b"x." * 127,
)  # fmt: skip


ACTING = {"Cc", "Cs", "Zl", "Zp"}
TURNING = frozenset(map(chr, (0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)))


def is_harmless(text: str) -> bool:
    """Tell whether a text can be shown on a terminal and in one line of a log."""
    if text.isascii():
        return text.isprintable()
    return not any(unicodedata.category(each) in ACTING or each in TURNING for each in text)


def is_name(name: bytes) -> bool:
    """Tell whether a file can have that name."""
    return 0 < len(name) <= 255 and b"/" not in name and b"\0" not in name and name not in (b".", b"..")


def odd_names(seed: int, count: int) -> Iterator[bytes]:
    """Yield that many names that a file can have, the corpus first."""
    yield from CORPUS[:count]
    dice = random.Random(seed)
    left = count - len(CORPUS)
    while left > 0:
        name = b"".join(dice.choices(PIECES, k=dice.choice((1, 2, 3, 5, 9, 30))))
        if dice.random() < 0.1:
            name = dice.randbytes(dice.randint(1, 255)).translate(None, b"\0/")
        if dice.random() < 0.5:
            name += dice.choice((b".docx", b".pdf", b".xlsx"))
        if is_name(name := name[: dice.choice((255, 255, 40, 254))]):
            left -= 1
            yield name
