"""Requests that no client should make, by the number: to the built-in server and to the listener of webhooks."""

import random
from collections.abc import Iterator

METHODS = (
    b"GET",
    b"POST",
    b"PUT",
    b"DELETE",
    b"HEAD",
    b"OPTIONS",
    b"TRACE",
    b"CONNECT",
    b"get",
    b"",
    b"G\x00T",
    b"X" * 9000,
    b"PRI",
)
PATHS = (
    b"/", b"/upload", b"/upload?filename=a.txt", b"/upload?fileId=../../x&filename=../../../etc/cron.d/x", b"/convert/txt/to/pdf", b"/user",
    b"/async/convert/txt/to/pdf?JobId=../x", b"/convert/any/to/zip", b"/job/../../etc/passwd", b"/d/../../../../etc/passwd", b"/info",
    b"/d/%2e%2e%2f%2e%2e%2fetc%2fpasswd", b"/d/..%5c..%5cx", b"/d/%00", b"/d/%", b"/d/%zz%f", b"/%ff%fe", b"//", b"/" + b"a" * 70_000, b"*",
    b"http://169.254.169.254/latest", b"/d/" + b"0" * 32 + b"/../../../etc/passwd", b"/local/bills", b"/token/create", b"/d/lock", b"/d/files",
    b"/upload?url=file:///etc/passwd", b"/upload?url=http://127.0.0.1:1/", b"/upload-from-url?url=http://169.254.169.254/", b"/\r\nX: y", b"/\xff",
)  # fmt: skip
VERSIONS = (
    b"HTTP/1.1",
    b"HTTP/1.1",
    b"HTTP/1.1",
    b"HTTP/1.0",
    b"HTTP/2.0",
    b"HTTP/9.9",
    b"",
    b"HTCPCP/1.0",
    b"HTTP/1.1 ",
)
HEADERS = (
    b"Host: x", b"Host: x\r\nHost: y", b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Content-Length: 5, 6",
    b"Content-Length: \xb2", b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 5", b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: \x0bchunked", b"Expect: 100-continue", b"Expect: nonsense", b"Connection: keep-alive, Upgrade", b"Upgrade: h2c", b"X: " + b"y" * 20_000,
    b"X\x00: y", b"no colon", b" folded: x", b": nameless", b"\xff\xfe: x", b"Range: bytes=5-1", b"Range: bytes=0-99999999999999", b"Cookie: " + b"a=b; " * 2000,
    b"Content-Encoding: gzip", b"Content-Encoding: deflate", b"Content-Type: application/json", b"Content-Type: multipart/form-data; boundary=x",
    b"Content-Type: multipart/form-data", b"Content-Type: multipart/mixed; boundary=" + b"y" * 5000, b"Content-Type: application/x-www-form-urlencoded",
    b"Content-Type: \xff/\xfe", b'Content-Disposition: attachment; filename="../../../etc/cron.d/x"', b"Content-Disposition: inline; filename*=utf-8''%2e%2e%2fx",
    b"Content-Disposition: attachment; filename*=nonsense''%ff%fe", b"Authorization: Bearer wrong", b"Authorization: Basic ====", b"Authorization: " + b"\xff" * 99,
    b"Accept: " + b"*/*;q=0.1," * 2000, b"Accept: text/\xff;q=nan", b"X-Forwarded-For: 127.0.0.1",
)  # fmt: skip
BODIES = (
    b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"5\r\nhel", b"ffffffffffffffff\r\nx", b"-5\r\nhello\r\n", b"zz\r\n", b"5;" + b"x" * 30_000 + b"\r\nhello\r\n0\r\n\r\n",
    b"0\r\n" + b"X: y\r\n" * 2000 + b"\r\n", b'{"Parameters": [{"Name": "File", "Value": "../../etc/passwd"}]}', b'{"Parameters": ' + b"[" * 20_000, b"{" * 50_000, b"\xff" * 5000,
    b'{"Parameters": [{"Name": "File", "FileValue": {"Name": "../../x", "Data": "!!"}}]}', b'--x\r\nContent-Disposition: form-data; name="File"; filename="../../../x"\r\n\r\nhi\r\n--x--\r\n',
    b"--x\r\n" * 3000, b"--x\r\nContent-Disposition: form-data\r\n\r\n", b"--x\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--", b"--x\r\n" + b"H: y\r\n" * 5000,
    b"--x\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n--z\r\n\r\n--z--\r\n--x--\r\n", b"a=b&" * 12_000, b"File=%ff%00&File[0]=x&Files[99999999999]=y&Timeout=nan",
    b"File=http://169.254.169.254/&Url=file:///etc/passwd", b"\x1f\x8b\x08\x00garbage", b"GET /info HTTP/1.1\r\nHost: x\r\n\r\n" * 50, b"\x16\x03\x01\x02\x00\x01\x00",
)  # fmt: skip


def odd_requests(seed: int, count: int, path: bytes = b"") -> Iterator[bytes]:
    """Yield that many requests; some go to `path`."""
    dice = random.Random(seed)
    for _ in range(count):
        target = path if path and dice.random() < 0.6 else dice.choice(PATHS)
        yield _nearly_right(dice, target) if dice.random() < 0.4 else _wrong(dice, target)


def _nearly_right(dice: random.Random, target: bytes) -> bytes:
    """Return a request that a server can read, with something odd in it."""
    body = dice.choice(BODIES)
    line = b" ".join((dice.choice((b"GET", b"POST", b"POST", b"DELETE", b"HEAD")), target, b"HTTP/1.1"))
    return b"\r\n".join((line, b"Host: x", dice.choice(HEADERS), b"Content-Length: %d" % len(body), b"", body))


def _wrong(dice: random.Random, target: bytes) -> bytes:
    """Return a request of which anything may be wrong."""
    line = b" ".join(
        (dice.choice(METHODS if dice.random() < 0.5 else (b"GET", b"POST")), target, dice.choice(VERSIONS))
    )
    lines = [line, *dice.choices(HEADERS, k=dice.choice((0, 1, 2, 3, 6, 60)))]
    data = b"\r\n".join(lines) + dice.choice((b"\r\n\r\n",) * 6 + (b"\r\n", b"\n\n", b"")) + dice.choice(BODIES)
    for _ in range(dice.choice((0, 0, 0, 1, 4))):
        at = dice.randrange(len(data) + 1)
        data = data[:at] + dice.randbytes(dice.randrange(4)) + data[at + dice.randrange(4) :]
    return data * dice.choice((1, 1, 1, 1, 3))
