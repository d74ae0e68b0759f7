"""A webhook: JSON by POST, signed as https://www.standardwebhooks.com has it, so that receivers find libraries for it.

The signature is HMAC-SHA256 over "id.timestamp.body": a receiver that refuses
old timestamps and ids that it knows cannot be fooled by a message sent twice.
"""

import base64
import binascii
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable

import requests
from requests.utils import get_environ_proxies

from watchconvert import __version__
from watchconvert.adapters.convertapi.connections import Session
from watchconvert.adapters.notify.sender import NotSentError, as_plain
from watchconvert.core.messages import Message
from watchconvert.core.settings import Notify

_CONNECT, _ANSWER = 10.0, 20.0
"""Seconds to reach the receiver, and for the whole head of its answer."""
_PREFIX = "whsec_"


class Webhook:
    """Sends messages to one address."""

    def __init__(self, notify: Notify, secret: str, now: Callable[[], float]) -> None:
        """Take where to; `now` is the wall clock, which stands in the signature."""
        self._url, self._key, self._now = notify.url, key_of(secret), now

    def send(self, message: Message) -> str:
        """Send a message.

        Raises:
            NotSentError: the receiver did not say that it has it.

        """
        body = json.dumps(as_plain(message)).encode("ascii")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"watchconvert/{__version__}",
            **sign(self._key, message.id, int(self._now()), body),
        }
        try:
            with Session(ssl.create_default_context(), get_environ_proxies(self._url)) as session:
                reply = session.post(
                    self._url,
                    data=body,
                    headers=headers,
                    timeout=(_CONNECT, _ANSWER),
                    allow_redirects=False,
                    stream=True,  # of the answer only its status counts, and nobody waits for the rest
                )
                status = reply.status_code
                reply.close()
        except (requests.RequestException, OSError, ValueError) as fault:
            raise NotSentError(_say(fault)) from None
        if 300 <= status < 400:
            raise NotSentError(f"the receiver answered {status}; redirects are not followed")
        if not 200 <= status < 300:
            raise NotSentError(f"the receiver answered {status}")
        return ""

    def stop(self) -> None:
        """Leave it: a request ends with the process."""


def key_of(secret: str) -> bytes:
    """Return the key that a secret stands for: what "whsec_" begins is base64, all else is taken as it is."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers by which a receiver knows who sent a message, and when."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{digest}"}


def _say(fault: Exception) -> str:
    """Say what went wrong; the library's own words have the address in them, which may hold a token."""
    match fault:
        case requests.exceptions.SSLError():
            return "the receiver's certificate is not accepted"
        case requests.Timeout():
            return "the receiver did not answer in time"
        case requests.ConnectionError():
            return "the receiver cannot be reached"
    return f"the receiver's answer was not understood ({type(fault).__name__})"
