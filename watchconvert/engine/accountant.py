"""Now and then asks what the account has left, where the credentials may know it."""

from watchconvert.engine.tools import Tools

_EVERY = 3600.0
"""Seconds between two questions; the answer is for people, nothing waits for it."""
_NEVER = 24 * 3600.0
"""Seconds until it is tried again where the service does not tell these credentials."""


class Accountant:
    """Keeps the account's figures in the journal."""

    def __init__(self, tools: Tools, low_balance: int = 0) -> None:
        """Take the number of conversions left below which the log warns; 0 for none."""
        self._tools, self.low_balance = tools, low_balance
        self._was_low = False

    def round(self) -> float:
        """Ask once; return how long to wait, in seconds."""
        account = self._tools.service.account()
        if account is None or (account.total is None and account.seconds_left is None):
            return _NEVER
        self._tools.journal.note_account(account, self._tools.clock.now())
        is_low = account.is_low(self.low_balance)
        if is_low and not self._was_low:
            self._tools.log.warning("low_balance", left=account.left, warn_below=self.low_balance)
        self._was_low = is_low
        return _EVERY
