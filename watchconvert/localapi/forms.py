"""The five ways to send a convert request (docs/contract.md section 3, inline conversion input), all into `Inputs`."""

import base64
import binascii
import json
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from watchconvert.localapi.bodies import body_chunks, body_parts, part_text, save_part, whole_body
from watchconvert.localapi.errors import BASE64_INVALID, JSON_INVALID, NAME_MISSING, PARAMETERS_INVALID, ApiError
from watchconvert.localapi.files import FileStore, StoredFile
from watchconvert.localapi.names import disposition_name, safe_name
from watchconvert.localapi.parameters import Inputs
from watchconvert.localapi.settings import Settings

MAX_FIELDS = 10_000
UNNAMED = "file"


class FormReader:
    """Reads requests; content that comes along is stored at once, so `Inputs.contents` must be discarded in the end."""

    def __init__(self, settings: Settings, files: FileStore) -> None:
        self._settings = settings
        self._files = files

    async def read(self, request: web.Request, inputs: Inputs) -> None:
        """Add the query and then the body to `inputs`, which stays usable for clean-up after an error.

        Raises ApiError: 400 with the code for what is malformed, 408, 413, 503.
        """
        for name, value in request.query.items():
            inputs.add(name, value)
        if not request.can_read_body:
            return
        match request.content_type:
            case "application/json" | "text/json":
                await self._read_json(request, inputs)
            case "application/x-www-form-urlencoded":
                await self._read_form(request, inputs)
            case kind if kind.startswith("multipart/"):
                await self._read_parts(request, inputs)
            case _:
                await self._read_content(request, inputs)

    async def _text(self, request: web.Request) -> bytes:
        return await whole_body(request, self._settings.max_inline, self._settings.stall_timeout)

    async def _read_form(self, request: web.Request, inputs: Inputs) -> None:
        text = (await self._text(request)).decode("utf-8", "replace")
        try:
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except ValueError as error:
            raise ApiError(400, PARAMETERS_INVALID, "Too many fields.") from error
        for name, value in pairs:
            inputs.add(name, value)

    async def _read_content(self, request: web.Request, inputs: Inputs) -> None:
        name = disposition_name(request.headers.get("Content-Disposition"))
        if not name:
            raise ApiError(400, NAME_MISSING, "Content-Disposition header with a file name is required.")
        async with self._files.writer(name) as writer:
            async for chunk in body_chunks(request, self._settings.stall_timeout):
                await writer.write(chunk)
            inputs.add_file("File", await writer.finish())

    async def _read_parts(self, request: web.Request, inputs: Inputs) -> None:
        async for part in body_parts(request, self._settings.stall_timeout):
            await self._read_part(part, inputs)

    async def _read_part(self, part: BodyPartReader, inputs: Inputs) -> None:
        name = part.name or "File"
        file_name = disposition_name(part.headers.get("Content-Disposition"))
        if not file_name:
            inputs.add(name, await part_text(part, self._settings.stall_timeout))
            return
        async with self._files.writer(file_name) as writer:
            await save_part(part, writer, self._settings.stall_timeout)
            inputs.add_file(name, await writer.finish())

    async def _read_json(self, request: web.Request, inputs: Inputs) -> None:
        try:
            items = _field(json.loads(await self._text(request)), "parameters")
        except (ValueError, RecursionError) as error:
            raise ApiError(400, JSON_INVALID, "The JSON body is malformed.") from error
        for item in items if isinstance(items, list) else []:
            await self._add_item(str(_field(item, "name")), item, inputs)

    async def _add_item(self, name: str, item: object, inputs: Inputs) -> None:
        one, several = _field(item, "filevalue"), _field(item, "filevalues")
        values = several if isinstance(several, list) else [one] if one else []
        for value in values:
            inputs.add_file(name, await self._file_value(value))
        if not values:
            inputs.add(name, _plain_text(_field(item, "value")))

    async def _file_value(self, value: object) -> StoredFile | str:
        reference = _field(value, "url") or _field(value, "id")
        if isinstance(reference, str) and reference:
            return reference
        data, name = _field(value, "data"), _field(value, "name")
        try:
            content = base64.b64decode(data if isinstance(data, str) else "?", validate=True)
        except (binascii.Error, ValueError) as error:
            raise ApiError(400, BASE64_INVALID, "The base64 content of the file is missing or wrong.") from error
        return await self._save(content, safe_name(str(name or "")) or UNNAMED)

    async def _save(self, content: bytes, name: str) -> StoredFile:
        async with self._files.writer(name) as writer:
            await writer.write(content)
            return await writer.finish()


def _field(value: object, name: str) -> object:
    if not isinstance(value, dict):
        raise ApiError(400, JSON_INVALID, "The JSON body is malformed.")
    return next((item for key, item in value.items() if str(key).lower() == name), None)


def _plain_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
