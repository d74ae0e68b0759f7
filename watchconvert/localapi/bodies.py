"""Request bodies as they arrive: in chunks, with a deadline for a sender that has stopped sending."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

from aiohttp import BodyPartReader, MultipartReader, web

from watchconvert.localapi.errors import PARAMETERS_INVALID, ApiError, body_too_large
from watchconvert.localapi.files import FileWriter

T = TypeVar("T")

PART_BYTES = 256 * 1024
TEXT_BYTES = 1024 * 1024


async def punctual(step: Awaitable[T], stall: float) -> T:
    """Wait `stall` seconds for the next bytes. Raises ApiError 408 after that."""
    try:
        async with asyncio.timeout(stall):
            return await step
    except TimeoutError:
        raise ApiError(408, 408, "The request body did not arrive in time.") from None


async def body_chunks(request: web.Request, stall: float) -> AsyncIterator[bytes]:
    """Read the body piece by piece, whatever its Content-Type says (docs/contract.md section 3, the Node client)."""
    while chunk := await punctual(request.content.readany(), stall):
        yield chunk


async def whole_body(request: web.Request, limit: int, stall: float) -> bytes:
    """Read a small body. Raises ApiError 413 when it is over `limit` bytes."""
    body = bytearray()
    async for chunk in body_chunks(request, stall):
        body += chunk
        if len(body) > limit:
            raise body_too_large()
    return bytes(body)


async def body_parts(request: web.Request, stall: float) -> AsyncIterator[BodyPartReader]:
    """Yield the parts of a multipart body, each to be read before the next. Raises ApiError 400 when malformed."""
    try:
        reader = MultipartReader(request.headers, request.content)
        while part := await punctual(reader.next(), stall):
            yield _plain_part(part)
    except ValueError as error:
        raise ApiError(400, PARAMETERS_INVALID, "The multipart body is malformed.") from error


def _plain_part(part: BodyPartReader | MultipartReader) -> BodyPartReader:
    if isinstance(part, BodyPartReader):
        return part
    raise ValueError("nested multipart")


async def save_part(part: BodyPartReader, writer: FileWriter, stall: float) -> None:
    """Stream one part into a file."""
    while chunk := await punctual(part.read_chunk(PART_BYTES), stall):
        await writer.write(part.decode(chunk))


async def part_text(part: BodyPartReader, stall: float) -> str:
    """Read a part that is a plain value. Raises ApiError 413 when it is too long for one."""
    value = bytearray()
    while chunk := await punctual(part.read_chunk(PART_BYTES), stall):
        value += chunk
        if len(value) > TEXT_BYTES:
            raise body_too_large()
    return part.decode(bytes(value)).decode("utf-8", "replace")
