"""What all ways of sending a message have in common."""

from typing import Any, Protocol

from watchconvert.core.messages import Message

LIMIT = 60.0
"""Seconds that a message may take to be sent, whatever the other side does."""


class NotSentError(Exception):
    """The message did not arrive, or nobody knows whether it did; the text says why, and holds no secret."""


class Sender(Protocol):
    """One way of sending."""

    def send(self, message: Message) -> str:
        """Send a message; returns what is remarkable about it, empty when nothing is.

        Raises:
            NotSentError: it was not sent.

        """

    def stop(self) -> None:
        """Let go of what is being sent; called from another thread."""


def as_plain(message: Message) -> dict[str, Any]:
    """Return a message as JSON has it."""
    return {
        "version": 1,
        "id": message.id,
        "at": round(message.at, 3),
        "kind": message.kind,
        "cause": message.cause,
        **message.facts,
        "subject": message.subject,
        "text": message.text,
    }
