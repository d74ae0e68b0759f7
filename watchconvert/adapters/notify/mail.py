"""Mail by SMTP: over TLS unless the server is this machine, and with an end whatever the server does."""

import contextlib
import hashlib
import io
import smtplib
import socket
import ssl
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from watchconvert.adapters.notify.sender import LIMIT, NotSentError
from watchconvert.core.messages import Message
from watchconvert.core.settings import Notify

_SILENCE = 15.0
"""Seconds that the server may be silent."""
_MOST_SAID = 64 * 1024
"""Bytes that the server may say in one session."""
_BAD_NAME = "localhost"


class Mail:
    """Sends messages to the people of one notifier."""

    def __init__(self, notify: Notify, password: str, host: str) -> None:
        """Take where to and by whom; `host` is the name of this machine."""
        self._notify, self._password = notify, password
        self._host = host if host.replace("-", "").replace(".", "").isalnum() and host.isascii() else _BAD_NAME

    def send(self, message: Message) -> str:
        """Send a message to all at once; returns who of them was refused, empty when none was.

        Raises:
            NotSentError: nobody got it, as far as is known.

        """
        try:
            refused = self._send(self._letter(message))
        except (OSError, smtplib.SMTPException, ValueError) as fault:
            raise NotSentError(_say(fault)) from None
        return f"the mail server refused {', '.join(sorted(refused))}" if refused else ""

    def stop(self) -> None:
        """Leave it: a session ends with the process."""

    def _send(self, letter: EmailMessage) -> dict[str, tuple[int, bytes]]:
        notify, host = self._notify, self._notify.host.strip("[]")
        context = ssl.create_default_context()
        server = _SecureSession(host, self._host, context) if notify.tls == "tls" else _Session(host, self._host)
        try:
            server.connect(host, notify.port)
            if notify.tls == "starttls":
                server.starttls(context=context)
            if notify.user:
                server.login(notify.user, self._password)
            refused = server.send_message(letter, notify.sender, list(notify.to))
            with contextlib.suppress(OSError, smtplib.SMTPException):  # the server has it already
                server.quit()
        finally:
            server.close()
        return refused

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage(policy=SMTP)
        thread = hashlib.sha256(f"{self._notify.name} {message.thread}".encode()).hexdigest()[:24]
        headers = {
            "From": self._notify.sender,
            "To": ", ".join(self._notify.to),
            "Subject": message.subject,
            "Date": format_datetime(datetime.fromtimestamp(message.at, UTC)),
            "Message-ID": f"<{message.id}@{self._host}>",
            "In-Reply-To": f"<{thread}@{self._host}>",
            "References": f"<{thread}@{self._host}>",
            "Auto-Submitted": "auto-generated",
        }
        for name, value in headers.items():
            letter[name] = value
        letter.set_content(message.text, charset="utf-8", cte="quoted-printable")
        return letter


class _TooMuchError(OSError):
    """The server says more than any mail server has to say."""


class _Replies(io.RawIOBase):
    """What a server says: so much, and in so much time, and no more."""

    def __init__(self, connection: socket.socket, end: float) -> None:
        self._socket, self._end, self._room = connection, end, _MOST_SAID

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what there is; OSError when it is too much or takes too long."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the mail server takes too long")
        self._socket.settimeout(min(_SILENCE, left))
        got = self._socket.recv_into(buffer)
        self._room -= got
        if self._room < 0:
            raise _TooMuchError
        return got


class _Session(smtplib.SMTP):
    """The library's session with a bound for the whole of it; its own time-out begins anew with each byte."""

    def __init__(self, host: str, own_name: str) -> None:
        super().__init__(local_hostname=own_name, timeout=_SILENCE)
        self._host, self._end = host, time.monotonic() + LIMIT  # the certificate must be of that host

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Replies(self.sock, self._end))
        return super().getreply()


class _SecureSession(smtplib.SMTP_SSL, _Session):
    """The same over TLS from the first byte on."""

    def __init__(self, host: str, own_name: str, context: ssl.SSLContext) -> None:
        smtplib.SMTP_SSL.__init__(self, local_hostname=own_name, timeout=_SILENCE, context=context)
        self._host, self._end = host, time.monotonic() + LIMIT


_SAYINGS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "the mail server does not accept the user or the password ({code})"),
    (smtplib.SMTPSenderRefused, "the mail server refused the sender ({code})"),
    (smtplib.SMTPDataError, "the mail server refused the message ({code})"),
    (smtplib.SMTPResponseException, "the mail server answered {code}"),
    (smtplib.SMTPNotSupportedError, "the mail server does not offer what is configured (STARTTLS, or a password)"),
    (smtplib.SMTPException, "the mail server broke off"),
    (ssl.SSLCertVerificationError, "the mail server's certificate is not accepted"),
    (TimeoutError, "the mail server did not answer in time"),
    (_TooMuchError, "the mail server says too much"),
    (OSError, "the mail server cannot be reached: {text}"),
    (Exception, "the message cannot be written as mail ({text})"),
)
"""The first that fits; of the server's own words the code alone is told, as they may repeat what it was sent."""


def _say(fault: BaseException) -> str:
    if isinstance(fault, smtplib.SMTPServerDisconnected) and isinstance(fault.__context__, OSError):
        return _say(fault.__context__)  # the library hides it
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        codes = ", ".join(str(code) for code, _ in fault.recipients.values())
        return f"the mail server refused every recipient ({codes})"
    saying = next(text for kind, text in _SAYINGS if isinstance(fault, kind))
    words = getattr(fault, "strerror", None) or type(fault).__name__
    return saying.format(code=getattr(fault, "smtp_code", 0), text=words)
