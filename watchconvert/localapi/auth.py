"""Credentials on a request, in every form that clients use (docs/contract.md section 2)."""

import base64
import binascii

from aiohttp import web

from watchconvert.localapi.accounts import Account, Token
from watchconvert.localapi.errors import (
    BASIC_INVALID,
    CREDENTIALS_MISSING,
    OWN_TOKEN_WRONG,
    SECRET_WRONG,
    TOKEN_WRONG,
    unauthorized,
)


def authorize(request: web.Request, account: Account) -> Token | None:
    """Return the token that was used, or None for the secret. Raises ApiError 401 when neither is right."""
    return _Credentials(request, account).check()


def require_secret(request: web.Request, account: Account) -> None:
    """Let only the account's secret pass, as `/user` and tokens do. Raises ApiError 401."""
    if authorize(request, account) is not None:
        raise unauthorized(SECRET_WRONG, "The secret is required here; a token is not accepted.")


class _Credentials:
    def __init__(self, request: web.Request, account: Account) -> None:
        self._account = account
        self._query = {name.lower(): value for name, value in request.query.items()}
        scheme, _space, rest = request.headers.get("Authorization", "").partition(" ")
        self._scheme, self._rest = scheme.lower(), rest.strip()

    def check(self) -> Token | None:
        if self._scheme == "bearer" and self._rest:
            return self._either([self._rest], TOKEN_WRONG)
        if self._scheme == "basic":
            return self._either(self._basic_words(), SECRET_WRONG)
        if secret := self._query.get("secret"):
            return self._either([secret], SECRET_WRONG)
        if token := self._query.get("token"):
            return self._either([token], OWN_TOKEN_WRONG if self._query.get("apikey") else TOKEN_WRONG)
        raise unauthorized(CREDENTIALS_MISSING, "Credentials are not provided.")

    def _either(self, words: list[str], code: int) -> Token | None:
        if any(self._account.is_secret(word) for word in words):
            return None
        token = next(filter(None, map(self._account.token, words)), None)
        if token is None:
            raise unauthorized(code, "The credentials are not valid.")
        return token

    def _basic_words(self) -> list[str]:
        try:
            return base64.b64decode(self._rest, validate=True).decode("utf-8", "replace").split(":", 1)
        except (binascii.Error, ValueError):
            raise unauthorized(BASIC_INVALID, "The Basic credentials are not base64.") from None
