"""`/info`: what can be converted here, for everybody to read (docs/contract.md section 4)."""

from aiohttp import web

from watchconvert.localapi.catalog import converter_body
from watchconvert.localapi.context import CONTEXT
from watchconvert.localapi.engines.interface import Pair
from watchconvert.localapi.errors import ApiError


def _matching(request: web.Request) -> list[Pair]:
    route = request.match_info
    source, target = route.get("source", "*").lower(), route.get("target", "*").lower()
    return request.app[CONTEXT].catalog.matching(source, target)


async def show_converters(request: web.Request) -> web.Response:
    """`GET /info` and `/info/{from}/to/{to}`, either of which may be `*`. Raises ApiError 404 when nothing matches."""
    pairs = _matching(request)
    if not pairs:
        raise ApiError(404, 404, "The conversion is not supported.")
    return web.json_response([converter_body(pair) for pair in pairs])


async def show_converter(request: web.Request) -> web.Response:
    """`GET /info/converter/{name}` of the old dialect. Raises ApiError 404."""
    wanted = request.match_info["name"].lower()
    bodies = map(converter_body, _matching(request))
    found = next((body for body in bodies if str(body["Name"]).lower() == wanted), None)
    if found is None:
        raise ApiError(404, 404, "The converter is not found.")
    return web.json_response(found)


async def can_convert(request: web.Request) -> web.Response:
    """`GET /info/canconvert/{a}/to/{b}`: 200 with true. Raises ApiError 404."""
    if not _matching(request):
        raise ApiError(404, 404, "The conversion is not supported.")
    return web.json_response(data=True)


async def show_openapi(request: web.Request) -> web.Response:
    """`GET /info/openapi[/{a}/to/{b}]`: the routes of this server in OpenAPI 3.0.1, as far as they differ by pair."""
    pairs = _matching(request)
    document = {
        "openapi": "3.0.1",
        "info": {"title": "watchconvert local server", "version": "v2"},
        "servers": [{"url": f"{request.scheme}://{request.host}"}],
        "paths": {f"/convert/{pair.source}/to/{pair.target}": _path_body(pair) for pair in pairs},
    }
    return web.json_response(document)


def _path_body(pair: Pair) -> dict[str, object]:
    properties: dict[str, object] = {"File": {"type": "string"}, "StoreFile": {"type": "boolean"}}
    for parameter in pair.parameters:
        properties[parameter.name] = {"type": "string", "description": parameter.description}
    schema = {"type": "object", "properties": properties}
    return {
        "post": {
            "summary": f"{pair.source.upper()} to {pair.target.upper()}",
            "requestBody": {"content": {"multipart/form-data": {"schema": schema}}},
            "responses": {"200": {"description": "The converted files."}},
            "security": [{"secret": []}, {"token": []}],
        }
    }
