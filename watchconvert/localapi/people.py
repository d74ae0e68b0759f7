"""`/user`, tokens and bills: what only the owner of the account may see or do."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from aiohttp import web

from watchconvert.localapi.accounts import Account
from watchconvert.localapi.auth import require_secret
from watchconvert.localapi.context import CONTEXT
from watchconvert.localapi.errors import ApiError
from watchconvert.localapi.parameters import Inputs, parameter_error

MAX_COUNT = 1000
MAX_USES = 999_999_999
MAX_LIFE = 315_569_520


def _account(request: web.Request) -> Account:
    account = request.app[CONTEXT].account
    require_secret(request, account)
    return account


async def show_user(request: web.Request) -> web.Response:
    """`GET /user`, with the secret only. Raises ApiError 401."""
    summary = _account(request).summary()
    if request.app[CONTEXT].settings.dialect.speaks_old:
        summary["SecondsLeft"] = int(str(summary["ConversionsTotal"])) - int(str(summary["ConversionsConsumed"]))
    return web.json_response(summary)


async def show_statistic(request: web.Request) -> web.Response:
    """`GET /user/statistic`: conversions of this run by pair. Raises ApiError 401."""
    counts = Counter((bill.source, bill.target) for bill in _account(request).bills)
    rows = [{"From": start, "To": end, "Conversions": count} for (start, end), count in sorted(counts.items())]
    return web.json_response(rows)


async def show_bills(request: web.Request) -> web.Response:
    """`GET /local/bills`: every accepted conversion, for tests that prove nothing is billed twice. Raises ApiError."""
    return web.json_response([bill.body() for bill in _account(request).bills])


async def create_tokens(request: web.Request) -> web.Response:
    """`POST /token/create` with RequestCount, Lifetime (seconds) and Count. Raises ApiError 400, 401, 503."""
    account, inputs = _account(request), Inputs()
    await request.app[CONTEXT].forms.read(request, inputs)
    uses = _number(inputs, "RequestCount", 1, MAX_USES)
    life = _number(inputs, "Lifetime", 3600, MAX_LIFE)
    tokens = account.create_tokens(_number(inputs, "Count", 1, MAX_COUNT), uses, life)
    until = (datetime.now(UTC) + timedelta(seconds=life)).isoformat().replace("+00:00", "Z")
    return web.json_response({"Tokens": [{"Id": token.token_id, "ValidUntil": until} for token in tokens]})


async def delete_token(request: web.Request) -> web.Response:
    """`DELETE /token/{id}`. Raises ApiError 401, 404."""
    if not _account(request).delete_token(request.match_info["token_id"]):
        raise ApiError(404, 404, "The token is not found.")
    return web.json_response({"Code": 2001, "Message": "Token deleted."})


def _number(inputs: Inputs, name: str, default: int, highest: int) -> int:
    text = inputs.get(name.lower()) or str(default)
    if text.isascii() and text.isdigit() and len(text) < len(str(MAX_LIFE)) + 2 and 1 <= int(text) <= highest:
        return int(text)
    raise parameter_error(name, f"The field {name} must be between 1 and {highest}.")
