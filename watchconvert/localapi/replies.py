"""Results on the wire: JSON, multipart/mixed or the bare file, as Accept asks (docs/contract.md section 4)."""

import asyncio
import base64
import json
import mimetypes
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from watchconvert.localapi.files import StoredFile
from watchconvert.localapi.jobs import Outcome
from watchconvert.localapi.names import disposition_header

CHUNK_BYTES = 3 * 256 * 1024
JSON, BINARY, MULTIPART, TEXT = "application/json", "application/octet-stream", "multipart/mixed", "text/plain"
Piece = bytes | StoredFile


@dataclass(frozen=True)
class Wire:
    """How the bytes of a file are written into an answer, and how many bytes that makes."""

    encode: Callable[[bytes], bytes]
    length: Callable[[int], int]


PLAIN_WIRE = Wire(bytes, int)
BASE64_WIRE = Wire(base64.b64encode, lambda size: 4 * ((size + 2) // 3))


def accepted_kind(request: web.Request, kinds: Sequence[str]) -> str | None:
    """Return the one of `kinds` that Accept likes best, the first one for a wildcard; None without Accept."""
    header = request.headers.get("Accept")
    if header is None:
        return None
    ranges = sorted(map(_media_range, header.split(",")), key=lambda pair: -pair[1])
    wanted = [kind for kind, weight in ranges if weight > 0]
    return next((kind for kind in wanted if kind in kinds), kinds[0])


def _media_range(text: str) -> tuple[str, float]:
    kind, *options = (word.strip().lower() for word in text.split(";"))
    weight = next((option[2:] for option in options if option.startswith("q=")), "1")
    try:
        return kind, float(weight)
    except ValueError:
        return kind, 0.0


def file_type(file: StoredFile) -> str:
    """Return a Content-Type by the file's extension."""
    return mimetypes.guess_type(f"x.{file.extension}")[0] or BINARY


def file_url(request: web.Request, file_id: str, name: str = "") -> str:
    """Where the client that sent `request` can fetch a stored file."""
    path = f"/d/{file_id}" + (f"/{quote(name, safe='')}" if name else "")
    return f"{request.scheme}://{request.host}{path}"


async def outcome_reply(request: web.Request, outcome: Outcome, *, old: bool) -> web.StreamResponse:
    """Send a finished conversion; `download=` on the request asks for the bare file."""
    download = {name.lower(): value for name, value in request.query.items()}.get("download", "")
    kind = BINARY if download else accepted_kind(request, (JSON, BINARY, MULTIPART))
    if kind == BINARY and len(outcome.files) == 1:
        disposition = "inline" if download.lower() == "inline" else "attachment"
        file = outcome.files[0][0]
        return await _send(request, file_headers(file, disposition), [file], PLAIN_WIRE)
    if kind in {BINARY, MULTIPART}:
        return await _send_parts(request, outcome)
    return await _send_json(request, outcome, old=old)


def file_headers(file: StoredFile, disposition: str) -> dict[str, str]:
    """Return the headers under which a bare file travels (docs/contract.md section 3, "Stored files")."""
    return {
        "Content-Type": file_type(file) if disposition == "inline" else BINARY,
        "Content-Disposition": disposition_header(file.name, disposition),
        "file-name": quote(file.name, safe=" !#$&'()+,;=@[]{}~^`"),
        "file-ext": quote(file.extension),
        "file-size": str(file.size),
        "X-Content-Type-Options": "nosniff",
    }


async def _send_json(request: web.Request, outcome: Outcome, *, old: bool) -> web.StreamResponse:
    head: dict[str, object] = {"ConversionCost": outcome.cost}
    if old:
        head["ConversionTime"] = max(1, round(outcome.seconds))
    pieces: list[Piece] = [_opened(head), b'"Files":[']
    for number, (file, file_id) in enumerate(outcome.files):
        pieces += [b"," if number else b"", *_file_pieces(request, file, file_id)]
    return await _send(request, {"Content-Type": f"{JSON}; charset=utf-8"}, [*pieces, b"]}"], BASE64_WIRE)


def _file_pieces(request: web.Request, file: StoredFile, file_id: str | None) -> list[Piece]:
    fields: dict[str, object] = {"FileName": file.name, "FileExt": file.extension, "FileSize": file.size}
    if file_id is None:
        return [_opened(fields), b'"FileData":"', file, b'"}']
    return [json.dumps({**fields, "FileId": file_id, "Url": file_url(request, file_id, file.name)}).encode()]


def _opened(fields: dict[str, object]) -> bytes:
    return json.dumps(fields).encode()[:-1] + b", "


async def _send_parts(request: web.Request, outcome: Outcome) -> web.StreamResponse:
    boundary = secrets.token_hex(16)
    pieces: list[Piece] = []
    for file, _file_id in outcome.files:
        pieces += [_part_head(boundary, file, outcome.cost), file, b"\r\n"]
    headers = {"Content-Type": f'{MULTIPART}; boundary="{boundary}"'}
    return await _send(request, headers, [*pieces, f"--{boundary}--\r\n".encode()], PLAIN_WIRE)


def _part_head(boundary: str, file: StoredFile, cost: int) -> bytes:
    lines = (
        f"--{boundary}",
        f"ConversionCost: {cost}",
        f"Content-Type: {file_type(file)}",
        f"Content-Disposition: {disposition_header(file.name)}; size={file.size}",
        "\r\n",
    )
    return "\r\n".join(lines).encode()


async def _send(
    request: web.Request, headers: dict[str, str], pieces: Sequence[Piece], wire: Wire
) -> web.StreamResponse:
    """Send without ever holding a whole file; the length is known beforehand, so that a cut answer is noticed."""
    response = web.StreamResponse(headers=headers)
    response.content_length = sum(_piece_length(piece, wire) for piece in pieces)
    await response.prepare(request)
    try:
        async for chunk in _wire_chunks(pieces, wire):
            await response.write(chunk)
        await response.write_eof()
    except BaseException:
        # an answer that says what went wrong would arrive as part of the file
        if request.transport is not None:
            request.transport.abort()
        raise
    return response


def _piece_length(piece: Piece, wire: Wire) -> int:
    return len(piece) if isinstance(piece, bytes) else wire.length(piece.size)


async def _wire_chunks(pieces: Sequence[Piece], wire: Wire) -> AsyncIterator[bytes]:
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        async for chunk in _file_chunks(piece.path):
            yield wire.encode(chunk)


async def _file_chunks(path: Path) -> AsyncIterator[bytes]:
    """Read a file in pieces whose length is a multiple of three, so that base64 can be joined."""
    with path.open("rb") as stream:
        while chunk := await asyncio.to_thread(stream.read, CHUNK_BYTES):
            yield chunk
