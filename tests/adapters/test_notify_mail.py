"""Mail to a real server: over TLS, with a password, to an end whatever the server does."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.adapters.receiving import PASSWORD, USER, Inbox, mail_server, odd_server
from tests.network.certificates import BAD, GOOD, WITHOUT_OPENSSL, Authority
from watchconvert.adapters.notify import mail
from watchconvert.adapters.notify.mail import Mail
from watchconvert.adapters.notify.sender import NotSentError
from watchconvert.core.messages import Message
from watchconvert.core.settings import Notify

ID = "0123456789abcdef0123456789abcdef"
TEXT = "Zwei Dateien, naïve café.\n\n.a line with a dot\n" + "x" * 2000 + "\n"
MESSAGE = Message(ID, 1_800_000_000.0, "failed", "failed a", "failed a", "a: 2 files ß größer [watchconvert fs1]", TEXT)


def notify(port: int, **more: Any) -> Notify:
    plain: dict[str, Any] = {
        "name": "admins", "kind": "mail", "host": "127.0.0.1", "port": port, "tls": "none",
        "sender": "watchconvert@example.org", "to": ("a@example.org", "b@example.org"),
    }  # fmt: skip
    return Notify(**plain | more)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if WITHOUT_OPENSSL:
        pytest.skip("openssl is not installed")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.trusted))
    return authority


def test_a_letter_arrives_whole_with_what_programs_look_at() -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        assert Mail(notify(port), "", "fs1.example.org").send(MESSAGE) == ""
    (letter,) = inbox.letters
    assert inbox.recipients == [["a@example.org", "b@example.org"]]
    assert letter["Subject"] == MESSAGE.subject
    assert letter.get_content().replace("\r\n", "\n") == TEXT
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content_charset() == "utf-8"
    assert (letter["Message-ID"], letter["Auto-Submitted"]) == (f"<{ID}@fs1.example.org>", "auto-generated")
    assert letter["Date"] == "Fri, 15 Jan 2027 08:00:00 +0000"
    assert letter["From"] == "watchconvert@example.org"
    assert letter["To"] == "a@example.org, b@example.org"


def test_letters_of_one_cause_are_one_thread_and_others_are_not() -> None:
    sender = Mail(notify(0), "", "fs1")
    held = Message(ID, 0.0, "held", "held account", "held account", "s", "t")
    over = Message("f" * 32, 9.0, "released", "end of held account", "held account", "s", "t")
    threads = [sender._letter(each)["References"] for each in (held, over, MESSAGE)]
    assert threads[0] == threads[1] != threads[2]
    assert sender._letter(held)["In-Reply-To"] == threads[0]


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_over_tls_with_a_password(trusted: Authority, way: str) -> None:
    inbox = Inbox()
    with mail_server(inbox, trusted.make(GOOD), tls=way, auth=True) as port:
        Mail(notify(port, tls=way, user=USER), PASSWORD, "fs1").send(MESSAGE)
        with pytest.raises(NotSentError, match=r"does not accept the user or the password \(535\)"):
            Mail(notify(port, tls=way, user=USER), "wrong-secret", "fs1").send(MESSAGE)
    assert len(inbox.letters) == 1
    assert inbox.secure == [True]


@pytest.mark.parametrize("way", ["starttls", "tls"])
@pytest.mark.parametrize("kind", ["of another address", "expired", "of an unknown authority"])
def test_a_bad_certificate_is_not_accepted(trusted: Authority, way: str, kind: str) -> None:
    inbox = Inbox()
    with (
        mail_server(inbox, trusted.make(BAD[kind]), tls=way) as port,
        pytest.raises(NotSentError, match="certificate is not accepted"),
    ):
        Mail(notify(port, tls=way), "", "fs1").send(MESSAGE)
    assert inbox.letters == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_server_without_starttls_gets_neither_password_nor_letter() -> None:
    inbox = Inbox()
    with mail_server(inbox, auth=True) as port, pytest.raises(NotSentError, match="does not offer"):
        Mail(notify(port, tls="starttls", user=USER), PASSWORD, "fs1").send(MESSAGE)
    assert inbox.letters == []


def test_one_refused_recipient_is_told_and_the_other_gets_it() -> None:
    inbox = Inbox({"b@example.org": "550 no such user"})
    with mail_server(inbox) as port:
        assert Mail(notify(port), "", "fs1").send(MESSAGE) == "the mail server refused b@example.org"
    assert inbox.recipients == [["a@example.org"]]


def test_all_refused_is_not_sent() -> None:
    inbox = Inbox({"a@example.org": "550 no", "b@example.org": "451 later"})
    with mail_server(inbox) as port, pytest.raises(NotSentError, match=r"every recipient \(550, 451\)"):
        Mail(notify(port), "", "fs1").send(MESSAGE)


def test_a_refused_letter_is_told_by_its_code_alone() -> None:
    inbox = Inbox({"DATA": "554 your secret is hunter2"})
    with mail_server(inbox) as port, pytest.raises(NotSentError) as caught:
        Mail(notify(port), "", "fs1").send(MESSAGE)
    assert str(caught.value) == "the mail server refused the message (554)"


def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotSentError, match="cannot be reached: Connection refused"):
        Mail(notify(port), "", "fs1").send(MESSAGE)


def drip(connection: socket.socket, over: threading.Event) -> None:
    """Greet for ever, a byte at a time."""
    while not over.wait(0.02):
        connection.sendall(b"2")


def endless(connection: socket.socket, over: threading.Event) -> None:
    """Greet for ever, line by line."""
    while not over.is_set():
        connection.sendall(b"220-welcome to this server\r\n" * 100)


def silent(_connection: socket.socket, over: threading.Event) -> None:
    """Say nothing."""
    over.wait(30)


def cut(connection: socket.socket, _over: threading.Event) -> None:
    """Greet, and be gone."""
    connection.sendall(b"220 mail.test\r\n")


def nonsense(connection: socket.socket, over: threading.Event) -> None:
    """Speak another protocol."""
    connection.sendall(b"\xff\xfe\0HTTP/1.1 400\r\n\r\n")
    over.wait(30)


@pytest.mark.parametrize(
    ("talk", "why"),
    [
        (drip, "in time"),
        (endless, "says too much"),
        (silent, "in time"),
        (cut, "broke off|cannot be reached"),
        (nonsense, "answered|broke off"),
    ],
)
def test_a_bad_server_comes_to_an_end(monkeypatch: pytest.MonkeyPatch, talk: Any, why: str) -> None:
    monkeypatch.setattr(mail, "LIMIT", 0.5)
    monkeypatch.setattr(mail, "_SILENCE", 0.3)
    with odd_server(talk) as port, pytest.raises(NotSentError, match=why):
        Mail(notify(port), "", "fs1").send(MESSAGE)


def test_a_server_that_ends_the_session_badly_has_the_letter_all_the_same() -> None:
    inbox = Inbox()

    async def handle_quit(_server: Any, _session: Any, _envelope: Any) -> str:
        return "451 no"

    inbox.handle_QUIT = handle_quit  # type: ignore[attr-defined]
    with mail_server(inbox) as port:
        assert Mail(notify(port), "", "fs1").send(MESSAGE) == ""
    assert len(inbox.letters) == 1


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@example.org", "a\nb", "\r\n.\r\nMAIL FROM:<x@y>"])
def test_a_subject_cannot_become_a_header(subject: str) -> None:
    inbox = Inbox()
    with mail_server(inbox) as port, pytest.raises(NotSentError):
        Mail(notify(port), "", "fs1").send(Message(ID, 0.0, "failed", "c", "c", subject, "t"))
    assert inbox.letters == []


@pytest.mark.parametrize("host", ["fs_1", "fs1>\r\nBcc: x", "größe", ""])
def test_an_odd_name_of_this_machine_stays_out_of_the_headers(host: str) -> None:
    assert Mail(notify(0), "", host)._letter(MESSAGE)["Message-ID"] == f"<{ID}@localhost>"
