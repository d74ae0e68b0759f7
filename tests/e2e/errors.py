"""The error table once more, written out from section "Errors" of docs/contract.md, and a daemon that meets its rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.scripted_service import MARK, ScriptedService, converted, scripted_service
from tests.e2e.wire import Saying, complaint
from tests.e2e.wired import WiredWorld, wired_world

OTHER = b"another letter"
SAID = "what the service said"


@dataclass(frozen=True)
class Row:
    """One error, and what the person reads."""

    status: int
    code: int | None
    words: str
    bound: int = 0
    """How often the file may be tried again for it."""
    invalid: dict[str, str] = field(default_factory=dict)

    @property
    def saying(self) -> Saying:
        return complaint(self.status, self.code, SAID, **self.invalid)

    def __str__(self) -> str:
        return "-".join(map(str, [self.status, self.code or "page", *self.invalid]))


OURS = "did not understand each other"
REFUSED = (
    Row(400, 4000, "does not accept this file for the conversion of this folder", invalid={"File": "bad"}),
    Row(
        400,
        4000,
        "does not accept this file for the conversion of this folder",
        invalid={"Files[0]": "bad", "Url": "bad"},
    ),
    Row(400, 4002, OURS),
    Row(400, 4005, OURS),
    Row(400, 4999, "The conversion service does not accept this file."),
    Row(413, None, "larger than the conversion service accepts"),
    Row(413, 413, "larger than the conversion service accepts"),
    Row(418, 77, "The conversion service does not accept this file."),
    Row(422, 422, "The conversion service does not accept this file."),
    Row(500, 5002, "damaged or incomplete"),
    Row(500, 5003, "protected with a password"),
    Row(500, 5004, "no tables in the file"),
    Row(500, 5005, "do not fit the file"),
    Row(500, 5006, "password set for this folder does not open the file"),
    Row(500, 5007, "encrypted and could not be opened"),
    Row(500, 50013, "no pictures in the file"),
    Row(500, 50020, "nothing in the file that could be extracted"),
)
REPEATED = (
    Row(500, 5000, "took longer than the service allows", 1),
    Row(500, 5001, "probably damaged", 1),
    Row(500, 50050, "for a reason of its own", 2),
    Row(500, 9999, "without saying why", 2),
)
UPLOADED_AGAIN = (
    Row(400, 4001, OURS, 1),
    Row(415, 415, "does not accept this kind of file", 1),
    Row(500, 5008, "lost the uploaded file", 2),
    Row(500, 5009, "no longer has the uploaded file", 2),
    Row(500, 50010, OURS, 1),
)
CREDENTIALS, EMPTY, ROUTE, SETTINGS = "credentials", "no conversions left", "does not offer", "settings of this folder"
ACCOUNT_HELD = (
    *(Row(401, code, CREDENTIALS) for code in (None, 4010, 4011, 4012, 4013, 4015, 4017, 1)),
    Row(401, 4014, EMPTY),
    *(Row(status, code, EMPTY) for status in (402, 403) for code in (None, 403)),
)
ROUTE_HELD = (
    *(Row(status, code, ROUTE) for status in (404, 405) for code in (None, 404)),
    Row(400, 4000, SETTINGS),
    Row(400, 4000, SETTINGS, invalid={"PageRange": "bad"}),
    Row(400, 4000, SETTINGS, invalid={"File": "bad", "PageRange": "bad"}),
)
DENIED = (*(Row(status, 1, "") for status in (421, 425, 429, 502, 503, 501, 507)), Row(429, None, ""))
"""The request was certainly not accepted."""
VAGUE = tuple(Row(status, None, "") for status in (302, 400, 408, 415, 421, 422, 425, 500, 501, 502, 503, 504))
VAGUE += (Row(408, 1, ""), Row(504, 1, ""))
"""Nobody knows: it is the page of something between."""


class Case:
    """A daemon with one marked file, which the service complains about, and another one."""

    def __init__(self, world: WiredWorld, service: ScriptedService) -> None:
        self.world, self.service = world, service
        world.connect(service.url, "old")
        world.drop("letter.docx", MARK)

    def begin(self, kind: str, row: Row, times: int) -> None:
        """Let the service answer so, and the daemon begin."""
        self.service.say(kind, row.saying, times)
        self.world.start()

    @property
    def posts(self) -> list[str]:
        """The JobIds that the marked file was posted under."""
        return [heard.form["JobId"] for heard in self.service.heard if heard.kind == "submit" and heard.meant]

    def check_converted(self, bills: int = 1) -> None:
        """Both files came out, and nothing is left over."""
        world = self.world
        assert world.seen("outbox").get("letter.pdf") == converted(MARK)
        assert world.seen("archive").get("letter.docx") == MARK
        assert world.seen("inbox") == world.seen("error") == {}
        assert world.staged() == []
        assert world.held() == []
        assert len(self.service.bills) == len(set(self.service.bills)) == bills

    def check_given_back(self, row: Row, bills: int = 0) -> None:
        """The marked file lies in the error folder with the reason."""
        world = self.world
        assert world.seen("error").keys() == {"letter.docx", "letter.docx.error.txt", "letter.docx.error.json"}
        assert world.seen("error")["letter.docx"] == MARK
        note = world.note("letter.docx")
        assert row.words in note
        if row.code is not None:
            assert f"status {row.status}, code {row.code}, said: {SAID}" in note
        assert "letter.pdf" not in world.seen("outbox")
        assert world.seen("inbox") == {}
        assert "letter.docx" not in world.seen("archive")
        assert world.staged() == []
        assert world.held() == []
        assert len(self.service.bills) == bills


@contextmanager
def a_case(mode: str, **service: Any) -> Iterator[Case]:
    """Make a case."""
    with wired_world(mode) as world, scripted_service(clock=world.clock.now, **service) as scripted:
        yield Case(world, scripted)
