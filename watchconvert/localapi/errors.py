"""Failures as the service words them: an HTTP status and `{"Code", "Message"[, "InvalidParameters"]}`."""

from collections.abc import Mapping, Sequence

from aiohttp import web

PARAMETERS_INVALID = 4000
NAME_MISSING = 4001
JSON_INVALID = 4002
BASE64_INVALID = 4005
SECRET_WRONG = 4010
TOKEN_WRONG = 4011
OWN_TOKEN_WRONG = 4012
CREDENTIALS_MISSING = 4013
BASIC_INVALID = 4017
CONVERSION_TIMEOUT = 5000
DOWNLOAD_FAILED = 5007
FILE_ID_INVALID = 5009
UNEXPECTED = 50050

InvalidParameters = Mapping[str, Sequence[str]]


class ApiError(Exception):
    """A request that is answered with `status`; `code` is one of docs/contract.md section 5, or the status again."""

    def __init__(self, status: int, code: int, message: str, invalid: InvalidParameters | None = None) -> None:
        super().__init__(f"{status}/{code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.invalid = invalid

    def body(self) -> dict[str, object]:
        """Return the JSON object of the answer."""
        fields: dict[str, object] = {"Code": self.code, "Message": self.message}
        if self.invalid is not None:
            fields["InvalidParameters"] = {name: list(texts) for name, texts in self.invalid.items()}
        return fields

    def response(self) -> web.Response:
        """Build a fresh answer; the same error may be told to several requests."""
        return web.json_response(self.body(), status=self.status)


def bad_parameters(invalid: InvalidParameters) -> ApiError:
    """Say that the parameters named in `invalid` are missing or out of range: 400, code 4000."""
    return ApiError(400, PARAMETERS_INVALID, "Parameter validation error.", invalid)


def server_overloaded() -> ApiError:
    """No room for one more conversion or file now: 503, which clients retry (docs/contract.md section 6)."""
    return ApiError(503, 503, "The service is overloaded. Please retry in a couple of seconds.")


def body_too_large() -> ApiError:
    """Say that the body alone is over a limit, so a retry cannot help: 413."""
    return ApiError(413, 413, "The request body is too large.")


def source_gone() -> ApiError:
    """Say that a FileId is unknown, deleted or over its life: 500, code 5009, after which clients upload again."""
    return ApiError(500, FILE_ID_INVALID, "The file ID is invalid or the file has expired.")


def unexpected_failure() -> ApiError:
    """Something broke here; the details are in the server's log and nowhere else."""
    return ApiError(500, UNEXPECTED, "Unexpected exception.")


def unauthorized(code: int, message: str) -> ApiError:
    """Say that the credentials are missing or wrong: 401."""
    return ApiError(401, code, message)
