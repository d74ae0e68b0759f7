"""Every event of the log: its word, its level, its sentence, and the id by which administrators alert on it.

The ids are what `journalctl MESSAGE_ID=` and the catalog (contrib/systemd/watchconvert.catalog) know an event by.
They never change; a new one is made by `systemd-id128 new`.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Level(enum.StrEnum):
    """How urgent an event is, in the words of the log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def priority(self) -> int:
        """The same as a number of syslog(3)."""
        return {"debug": 7, "info": 6, "warning": 4, "error": 3}[self.value]


@dataclass(frozen=True)
class Word:
    """What is fixed about one event."""

    level: Level
    sentence: str
    """What happened, for people, without what differs from one time to the next."""
    message_id: str = ""
    """128 bits as 32 hexadecimal digits; empty for what nobody alerts on."""


_I, _W, _E = Level.INFO, Level.WARNING, Level.ERROR

EVENTS: dict[str, Word] = {
    "started": Word(_I, "watchconvert runs", "0542337ff001bec539635a00bdfe60e7"),
    "stopped": Word(_I, "watchconvert has stopped", "e349af52c7f06ca0b394bd8a52536ca0"),
    "reloaded": Word(_I, "A new configuration was taken"),
    "reload_refused": Word(
        _E, "A new configuration was refused; the former one goes on", "e4f786f6be088c10e16d74cc956555cb"
    ),
    "noticed": Word(_I, "Seen in the inbox"),
    "claimed": Word(_I, "Taken from the inbox"),
    "uploaded": Word(_I, "Sent to the service"),
    "minted": Word(_I, "The conversion has its number"),
    "accepted": Word(_I, "The service has begun to convert"),
    "converted": Word(_I, "The service has converted"),
    "fetched": Word(_I, "The result was received"),
    "published": Word(_I, "The result is in the outbox"),
    "retired": Word(_I, "Done; the source was put away"),
    "mislaid": Word(_I, "The result was gone from the stage and is fetched again"),
    "withdrawn": Word(_I, "The file left before it was converted"),
    "rejected": Word(_I, "The file cannot be converted"),
    "set_aside": Word(_W, "The file lies in the error folder with its explanation", "0901ea1cce5c6dcb7891a5b1264fcf81"),
    "forgotten": Word(_I, "The service knows the file or the job no more; it is asked anew"),
    "sent_back": Word(_I, "The service failed this round; another begins"),
    "cancelled": Word(_I, "The conversion was cancelled"),
    "delayed": Word(_W, "A step is tried again later"),
    "held": Word(_W, "Work is paused until this is in order", "bf449451ef0f0ad9bf4bd31800ae36d4"),
    "released": Word(_I, "The pause is over and work goes on", "fd8f68a57a3c29b8d45a25a8f5d660c4"),
    "left_alone": Word(_W, "Not taken from the inbox"),
    "waiting": Word(_W, "Still waiting in the inbox"),
    "polled": Word(_W, "The inbox brings no events and is looked at every few seconds"),
    "adopted": Word(_W, "A source in the stage had no job and got one", "e43d7c6cdf45211c2c37f237a9baa283"),
    "offline": Word(_E, "The inbox cannot be read", "fa32c49af52a2018a89cd6ad7a3cea0c"),
    "online": Word(_I, "The inbox can be read again", "ae686b0edc2e1b76647ec6fa4ae2ff65"),
    "folder_missing": Word(_E, "A folder is missing or could not be made", "ea39d9ed18b83e717120b644a513c712"),
    "stage_unreadable": Word(_E, "A stage could not be looked at", "d8dd457e88de26fc74f22662b4785671"),
    "set_aside_as_suspect": Word(
        _E, "The daemon was interrupted three times at this file", "05ef33e7c5129ee49e9fad73af9eaa28"
    ),
    "bug": Word(_E, "Internal error; what it was about is tried again", "d66de0cc32f6cb47a677f79cb81f9b92"),
    "broken": Word(_E, "A part of the daemon died, so it ends", "5a8b922619af04f15dd7bd9a5c951340"),
    "stuck": Word(_E, "A part of the daemon does not move", "8b3c2ed55e53da47e9b834bd3f9a3e42"),
    "in_use": Word(_E, "Another daemon is at work here, so this one ends", "430c48709635978baed82a7222810840"),
    "journal": Word(_E, "The journal cannot be used, so the daemon ends", "e684d193c1c294f1d0192a0924e2ac78"),
    "config": Word(_E, "The configuration must be mended", "55f33e7a28111c7e74040b9f7c3771cb"),
    "failed": Word(_E, "The daemon ends", "634bf8024a968372cffa34b95a558584"),
    "journal_damaged": Word(_E, "The journal was damaged and put aside", "bf6f99c6c9a97a8bbb38bbc6cf444a40"),
    "tidied": Word(_I, "Files that need not be kept any longer were removed"),
    "spared": Word(_I, "Files that were to go belong to somebody else now"),
    "brought_back": Word(_I, "A file that was about to go is in its place again"),
    "untidy": Word(_W, "A folder cannot be tidied at the moment", "ab001edfab20724431984fd20dff9cb9"),
    "clock_doubted": Word(_W, "The clock has jumped and is not believed", "a43647f3bfe0446488365f6f75ef83ac"),
    "history_forgotten": Word(_I, "Old jobs were removed from the journal"),
    "local_server": Word(_I, "The built-in server was started"),
    "local_server_ended": Word(
        _E, "The built-in server ended and is started again", "85b6bbfcb5903645192925426f333797"
    ),
    "low_balance": Word(_W, "The account has few conversions left", "a7d425498b394ef0841b60f664adf419"),
    "notified": Word(_I, "A message was sent"),
    "not_notified": Word(_W, "A message could not be sent; it is tried again", "2877d76c04ab408fa81e88c4a701b000"),
    "message_dropped": Word(_E, "A message could not be sent and was given up", "35acc5a49e194353b88c2e15f08193d3"),
    "messages_forgotten": Word(
        _E, "What was told and what not is not known any more; news begin now", "58356a0e41634beba535c17a8435d9bd"
    ),
    "messages_not_remembered": Word(_W, "What was told cannot be remembered over a restart"),
    "retried": Word(_I, "The file was moved back into the inbox"),
    "retry_refused": Word(_W, "The file could not be moved back into the inbox"),
    "web": Word(_I, "The page is shown"),
    "web_failed": Word(_E, "The page is not shown; it is tried again", "ca0e8c51a05e4e73a792797bf4a523a7"),
    "web_wish": Word(_I, "Something was asked for by the page"),
    "web_denied": Word(_W, "Somebody gave a wrong token to the page", "967cebd04518472d9c2ad54a608aff0c"),
    "web_bug": Word(_E, "Internal error of the page; the daemon goes on", "728aa136599a4a8186d4619e4ce46c16"),
    "library": Word(_W, "A library warns"),
    "log_lost": Word(_W, "The log could not keep up; events were left out", "5c7f650609483f27a88612b53910f42d"),
}
"""By the word, which is the same in the log, in the field EVENT and in the journal's own table of events."""

_ABOUT = ("file", "folder", "inbox", "kept_as", "url", "loops", "routes", "notifier")
"""What an event may be about, the most telling first."""
_REASON = ("why", "problems")


def says(word: str, fields: Mapping[str, Any]) -> str:
    """Return one readable line: what happened, to which file or folder, of which route, and why."""
    known = EVENTS.get(word)
    about = next((_listed(fields[key]) for key in _ABOUT if fields.get(key)), "")
    route = f" (route {fields['route']})" if fields.get("route") else ""
    why = next((_listed(fields[key]) for key in _REASON if fields.get(key)), "")
    line = (known.sentence if known else word.replace("_", " ")) + (f": {about}" if about else "") + route
    return f"{line}: {why}" if why else line


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
