"""Who may convert, and what has been billed: one account with one secret and the tokens made from it."""

import hmac
import secrets
import string
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from watchconvert.localapi.errors import TOKEN_WRONG, ApiError, unauthorized

CONVERSIONS_TOTAL = 1_000_000
CONSUMED_BEFORE = 1
BILLS_KEPT = 100_000
TOKEN_LENGTH = 24
TOKENS_KEPT = 10_000


@dataclass
class Bill:
    """One accepted conversion; `verdict` is "running", "done", "stopped" or "failed CODE"."""

    job_id: str | None
    source: str
    target: str
    file_name: str
    sha256: str
    engine: str
    verdict: str = "running"

    def body(self) -> dict[str, object]:
        """Return the object that `GET /local/bills` lists."""
        return {
            "JobId": self.job_id,
            "From": self.source,
            "To": self.target,
            "FileName": self.file_name,
            "Sha256": self.sha256,
            "Engine": self.engine,
            "Verdict": self.verdict,
        }


@dataclass
class Token:
    """A key with limits: `left` conversions until `valid_until`, on the server's clock in seconds."""

    token_id: str
    valid_until: float
    left: int


class Account:
    """The secret, the tokens and the bills of one server.

    `ConversionsConsumed` is 1 plus the conversions accepted since the start: a client that joins an existing
    job is not counted again, and official client suites want the number to be non-zero from the beginning.
    """

    def __init__(self, secret: str, clock: Callable[[], float]) -> None:
        self._secret = secret
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self._bills: deque[Bill] = deque(maxlen=BILLS_KEPT)
        self._consumed = CONSUMED_BEFORE

    @property
    def bills(self) -> list[Bill]:
        """The accepted conversions, oldest first, up to 100000 of them."""
        return list(self._bills)

    def is_secret(self, text: str) -> bool:
        """Compare without telling by the time how much of it was right."""
        return hmac.compare_digest(text.encode("utf-8", "replace"), self._secret.encode())

    def token(self, text: str) -> Token | None:
        """Return a token that still has conversions and time left."""
        token = self._tokens.get(text)
        usable = token is not None and token.left > 0 and self._clock() < token.valid_until
        return token if usable else None

    def create_tokens(self, count: int, uses: int, life: float) -> list[Token]:
        """Make `count` tokens good for `uses` conversions each within `life` seconds."""
        self._tokens = {name: token for name, token in self._tokens.items() if self.token(name)}
        if len(self._tokens) + count > TOKENS_KEPT:
            raise ApiError(503, 503, "Too many tokens are in use.")
        made = [Token(_random_token(), self._clock() + life, uses) for _ in range(count)]
        self._tokens.update({token.token_id: token for token in made})
        return made

    def delete_token(self, text: str) -> bool:
        """Whether there was such a token."""
        return self._tokens.pop(text, None) is not None

    def charge(self, bill: Bill, token: Token | None) -> None:
        """Count one accepted conversion. Raises ApiError 401 when the token was used up meanwhile."""
        if token is not None:
            if token.left <= 0:
                raise unauthorized(TOKEN_WRONG, "The token has been used up.")
            token.left -= 1
        self._consumed += 1
        self._bills.append(bill)

    def refund(self, bill: Bill, token: Token | None) -> None:
        """Take back a bill: the engine found the request itself to be wrong, which the service does not bill."""
        self._consumed -= 1
        self._bills.remove(bill)
        if token is not None:
            token.left += 1

    def summary(self) -> dict[str, object]:
        """Return the body of `GET /user` in the current dialect."""
        return {
            "Secret": self._secret,
            "ApiKey": 0,
            "Active": True,
            "FullName": "Local Server",
            "Email": "local@localhost",
            "Status": "Active",
            "ConversionsTotal": CONVERSIONS_TOTAL,
            "ConversionsConsumed": self._consumed,
        }


def _random_token() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(TOKEN_LENGTH))
