"""`/upload` in every form that clients use, and the stored files under `/d/` (docs/contract.md section 3)."""

from aiohttp import web

from watchconvert.localapi.bodies import body_chunks, body_parts, save_part
from watchconvert.localapi.context import CONTEXT, Context, lowered_query
from watchconvert.localapi.errors import NAME_MISSING, PARAMETERS_INVALID, ApiError
from watchconvert.localapi.files import StoredFile
from watchconvert.localapi.identifiers import is_identifier
from watchconvert.localapi.names import disposition_name, safe_name
from watchconvert.localapi.parameters import is_web_address, parameter_error
from watchconvert.localapi.replies import JSON, TEXT, accepted_kind, file_headers, file_url


async def upload(request: web.Request) -> web.Response:
    """`POST /upload`: raw, multipart or by URL. A client's own `fileId` makes a repeated upload harmless.

    Raises ApiError: 400 for a bad id or a missing name, 408, 413, 500/5007 for a remote file, 503.
    """
    context, query = request.app[CONTEXT], lowered_query(request)
    file_id = _chosen_id(context, query)
    if "url" in query:
        file = await _remote_file(context, query)
    elif request.content_type.startswith("multipart/"):
        file = await _only_part(request, context, safe_name(query.get("filename", "")))
    else:
        file = await _raw_body(request, context, safe_name(query.get("filename", "")))
    return _upload_reply(request, context, file, context.files.publish(file, file_id))


def _chosen_id(context: Context, query: dict[str, str]) -> str | None:
    file_id = query.get("fileid") if context.settings.dialect.speaks_current else None
    if file_id and not is_identifier(file_id):
        raise ApiError(400, PARAMETERS_INVALID, "File request with an invalid file ID.")
    return file_id or None


async def _remote_file(context: Context, query: dict[str, str]) -> StoredFile:
    if not is_web_address(query["url"]):
        raise parameter_error("Url", "The field Url must be an http or https URL.")
    name, value = query.get("headername"), query.get("headervalue", "")
    return await context.remote.fetch(query["url"], query.get("filename", ""), {name: value} if name else None)


async def _raw_body(request: web.Request, context: Context, name: str) -> StoredFile:
    name = name or disposition_name(request.headers.get("Content-Disposition"))
    if not name:
        raise _name_missing()
    async with context.files.writer(name) as writer:
        async for chunk in body_chunks(request, context.settings.stall_timeout):
            await writer.write(chunk)
        return await writer.finish()


async def _only_part(request: web.Request, context: Context, name: str) -> StoredFile:
    parts = body_parts(request, context.settings.stall_timeout)
    part = await anext(parts, None)
    if part is None:
        raise _wrong_parts()
    found = name or disposition_name(part.headers.get("Content-Disposition"))
    if not found:
        raise _name_missing()
    async with context.files.writer(found) as writer:
        await save_part(part, writer, context.settings.stall_timeout)
        if await anext(parts, None) is not None:
            raise _wrong_parts()
        return await writer.finish()


def _wrong_parts() -> ApiError:
    return ApiError(400, PARAMETERS_INVALID, "One and only one part is expected.")


def _name_missing() -> ApiError:
    return ApiError(400, NAME_MISSING, "The file name is missing: neither Content-Disposition nor filename is given.")


def _upload_reply(request: web.Request, context: Context, file: StoredFile, file_id: str) -> web.Response:
    if accepted_kind(request, (JSON, TEXT)) in {None, TEXT}:
        return web.Response(text=file_id)
    fields: dict[str, object] = {"FileId": file_id, "FileName": file.name, "FileExt": file.extension}
    if context.settings.dialect.speaks_current:
        fields |= {"FileSize": file.size, "Url": file_url(request, file_id)}
    return web.json_response(fields)


async def download(request: web.Request) -> web.StreamResponse:
    """`GET` and `HEAD /d/{id}[/{anything}][?download=inline|attachment]`. Raises ApiError 404."""
    file = request.app[CONTEXT].files.find(request.match_info["file_id"])
    inline = lowered_query(request).get("download", "").lower() == "inline"
    return web.FileResponse(file.path, headers=file_headers(file, "inline" if inline else "attachment"))


async def delete_file(request: web.Request) -> web.Response:
    """`DELETE /d/{id}[/{anything}]`. Raises ApiError 404."""
    files, file_id = request.app[CONTEXT].files, request.match_info["file_id"]
    files.find(file_id)
    files.delete(file_id)
    return web.Response()
