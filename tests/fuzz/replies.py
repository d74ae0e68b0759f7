"""Replies that no service should give, by the million: the same for the same number."""

import gzip
import io
import json
import random
import zlib
from typing import Any

import requests
from urllib3 import HTTPResponse

URLS = (
    "http://127.0.0.1:1/d/1", "https://127.0.0.1/d/1", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "/etc/passwd",
    "//service.example.org/d/1", "https://user:word@service.example.org/d/1", "https://service.example.org:8443/d/1", "https://[::1]/d/1",
    "https://service.example.org@elsewhere.example.net/", "https://service.example.org\\@elsewhere.example.net/", "ftp://x", "data:,x",
    "https://2130706433/", "https://0x7f.1/", "http://[", "https://\u2025/", "https://ex\u00e4mple.org", "javascript:1", "job:raw", "job:file/0",
    "job:file/-1", "job:file/99999999999999999999", "", " ", "\x00", "\r\nX: y", "h" * 10_000, "https://eu.example.org/d/1", "http://service.example.org/d/1",
)  # fmt: skip
NAMES = (
    "document.pdf", "document-2.pdf", "../../etc/passwd", "/etc/passwd", "C:\\x.pdf", "a\x00.pdf", "\r\n.pdf", "\u202e.pdf", "x" * 5000, "",
    ".", "..", ".watchconvert", "CON", "\ud800.pdf", "a" * 300 + ".pdf", "%2e%2e%2f", "~", "document.p/f", "document" + "-" * 99 + ".pdf",
)  # fmt: skip
NUMBERS = (
    0,
    1,
    -1,
    -2,
    5,
    2**31,
    2**53,
    2**53 - 1,
    2**63,
    2**70,
    -(2**63),
    0.5,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
    True,
    False,
)
WORDS = (
    "",
    "5",
    "-5",
    "1e3",
    "0x5",
    "\u0665",
    "nan",
    "true",
    "\x1b[31m",
    "\u2028",
    "<b>",
    "a0b1c2d3" * 4,
    "x" * 2000,
    "\ud800",
)
KEYS = (
    "Files", "FileName", "FileSize", "Url", "FileUrl", "FileData", "FileId", "JobId", "ConversionCost", "ConversionTime", "Code", "Message",
    "InvalidParameters", "files", "FILES", "", "\x00", "__class__", "0",
)  # fmt: skip
STATUSES = (200, 200, 200, 200, 202, 201, 204, 206, 301, 302, 400, 400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 418, 422, 429, 500, 500,
            500, 501, 502, 503, 504, 511, 599, 600, 999)  # fmt: skip
CODES = (0, 1, 503, 4000, 4001, 4002, 4005, 4010, 4014, 5000, 5001, 5002, 5003, 5009, 50010, 50050, 99999, 2**70, -1)
KINDS = (
    "application/json", "application/json; charset=utf-8", "application/json; charset=nonsense", "APPLICATION/JSON", "text/html", "text/plain",
    "application/octet-stream", "application/pdf", "multipart/mixed; boundary=x", "", ";", "application/problem+json", "image/\xff", "x" * 500,
)  # fmt: skip
HEADERS = (
    ("Content-Disposition", 'attachment; filename="document.pdf"'), ("Content-Disposition", "attachment; filename*=UTF-8''..%2f..%2fx"),
    ("Content-Disposition", "filename=" + "x" * 5000), ("Retry-After", "5"), ("Retry-After", "-1"), ("Retry-After", "9" * 400),
    ("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"), ("Retry-After", "\u0665"), ("ConversionCost", "nan"), ("ConversionCost", "9" * 5000),
    ("ConversionCost", "1"), ("Location", "http://["), ("file-size", "-1"), ("Transfer-Encoding", "chunked, gzip"), ("Set-Cookie", "a=b"),
    ("Content-Length", "-1"), ("Content-Length", "\xb2"), ("Content-Length", "9" * 30), ("X\u00e4", "\xff"),
)  # fmt: skip
PACKINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "identity": bytes,
    "br": bytes,
    "gzip, gzip": gzip.compress,
}
SECRET = "canary-secret-of-the-account"
JOB_ID = "a0b1c2d3e4f5" * 2 + "0a1b2c3d"


class Odds:
    """Makes replies."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def value(self, depth: int = 0) -> Any:
        """Return anything that JSON can say."""
        dice = self.dice
        match dice.randrange(9 if depth < 4 else 5):
            case 0 | 1:
                return dice.choice(WORDS + URLS + NAMES)
            case 2 | 3:
                return dice.choice(NUMBERS)
            case 4:
                return None
            case 5 | 6:
                return [self.value(depth + 1) for _ in range(dice.randrange(4))]
            case _:
                return {dice.choice(KEYS): self.value(depth + 1) for _ in range(dice.randrange(4))}

    def file(self) -> Any:
        """Return one entry of a list of results, more or less."""
        dice = self.dice
        entry = {
            "FileName": dice.choice(NAMES),
            "FileSize": dice.choice((5, 17, None, *NUMBERS)),
            "Url": dice.choice(URLS),
        }
        if dice.random() < 0.3:
            entry["FileData"] = dice.choice(("JVBERi0=", "!", "", "JVBERi0" * 999, 5))
        for name in list(entry):
            if dice.random() < 0.2:
                entry[name] = self.value(2)
            elif dice.random() < 0.15:
                del entry[name]
        return entry if dice.random() < 0.9 else self.value(2)

    def body(self) -> Any:
        """Return what the whole of a reply says."""
        dice = self.dice
        match dice.randrange(6):
            case 0 | 1:
                return {
                    "ConversionCost": dice.choice(NUMBERS),
                    "Files": [self.file() for _ in range(dice.choice((0, 1, 1, 2, 5)))],
                }
            case 2:
                return {"JobId": dice.choice((JOB_ID, *WORDS, *NUMBERS, *NAMES))}
            case 3:
                echo = dice.choice((f"No {JOB_ID} for {SECRET}", *WORDS))
                return {"Code": dice.choice(CODES), "Message": echo, "InvalidParameters": self.value(1)}
            case 4:
                return {"FileId": self.value(2), "FileSize": self.value(3)}
            case _:
                return self.value()

    def wire(self) -> bytes:
        """Return a body as it goes over the wire, whole or damaged."""
        dice = self.dice
        if dice.random() < 0.02:
            return dice.choice(
                (b"[" * 50_000, b'{"a":' * 20_000, b"{" * 99, b"9" * 10_000, b"-" * 99, b"\xff\xfe{}", b"")
            )
        data = json.dumps(self.body()).encode(dice.choice(("utf-8", "utf-8", "utf-8", "utf-16")), "surrogatepass")
        for _ in range(dice.choice((0, 0, 0, 1, 3))):
            at = dice.randrange(len(data) + 1)
            data = (
                data[:at]
                + dice.choice((b"", b"\x00", b"\xff", b'"', b"\\", b"}", b"1e999"))
                + data[at + dice.randrange(4) :]
            )
        return data

    def parts(self) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of a reply."""
        dice = self.dice
        headers = {"Content-Type": dice.choice(KINDS)} if dice.random() < 0.5 else {"Content-Type": "application/json"}
        headers |= dict(dice.choices(HEADERS, k=dice.randrange(3)))
        body = self.wire()
        if dice.random() < 0.1:
            name, pack = dice.choice(list(PACKINGS.items()))
            headers["Content-Encoding"] = name
            body = pack(body)
        return dice.choice(STATUSES), headers, body

    def reply(self) -> requests.Response:
        """Return a reply as the library would have it."""
        status, headers, body = self.parts()
        return as_reply(status, headers, body)


def as_reply(status: int, headers: dict[str, str], body: bytes) -> requests.Response:
    """Return a reply as the library would have it, without a network."""
    reply = requests.Response()
    reply.status_code = status
    reply.headers.update(headers)
    reply.raw = HTTPResponse(
        io.BytesIO(body), headers=headers, status=status, preload_content=False, enforce_content_length=False
    )
    reply.request = requests.Request(
        "POST", f"https://service.example.org/x?JobId={JOB_ID}", headers={"Authorization": f"Bearer {SECRET}"}
    ).prepare()
    return reply
