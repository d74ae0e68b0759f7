"""Now and then asks what the account has left, where the credentials may know it."""

from watchconvert.engine.tools import Tools

_EVERY = 3600.0
"""Seconds between two questions; the answer is for people, nothing waits for it."""
_NEVER = 24 * 3600.0
"""Seconds until it is tried again where the service does not tell these credentials."""


class Accountant:
    """Keeps the account's figures in the journal."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def round(self) -> float:
        """Ask once; return how long to wait, in seconds."""
        account = self._tools.service.account()
        if account is None or (account.total is None and account.seconds_left is None):
            return _NEVER
        self._tools.journal.note_account(account, self._tools.clock.now())
        return _EVERY
