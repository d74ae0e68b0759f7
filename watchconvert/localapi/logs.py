"""The server's log: one harmless line a record, with its priority where it goes to systemd's journal (sd-daemon(3))."""

import logging
import os
import re
import sys
import traceback

_ODD = re.compile(r"[^\x20-\x7e\xa0-\u2027\u202f-\u2065\u2070-\ud7ff\uf900-\ufffd\U00010000-\U0010ffff]")
_PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


def set_up(level: str) -> None:
    """Have everything from a level on written to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Line(for_journal=_goes_to_journal()))
    logging.basicConfig(level=level.upper(), handlers=[handler])


def _goes_to_journal() -> bool:
    """Tell whether standard error is the journal: $JOURNAL_STREAM names it (systemd.exec(5))."""
    try:
        found = os.fstat(sys.stderr.fileno())
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM", "") == f"{found.st_dev}:{found.st_ino}"


class _Line(logging.Formatter):
    """Formats a record as one line, a traceback included."""

    def __init__(self, *, for_journal: bool) -> None:
        super().__init__()
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        text = f"{record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1]:
            lines = "".join(traceback.format_exception(record.exc_info[1])).splitlines()
            text += " | " + " | ".join(line.strip() for line in lines if line.strip(" ^~"))
        text = _ODD.sub(lambda match: match.group().encode("unicode_escape", "surrogatepass").decode(), text)
        if not self._for_journal:
            return f"{record.levelname} {text}"
        return f"<{next((number for least, number in _PRIORITIES if record.levelno >= least), 7)}>{text}"
