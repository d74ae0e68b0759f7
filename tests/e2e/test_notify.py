"""Messages through the real daemon: a mail server, a web server and a command, while files are converted."""

import base64
import contextlib
import io
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from tests.adapters.receiving import PASSWORD, USER, Hook, Inbox, mail_server, odd_server, web_server
from tests.e2e.stage import SECRET, Site, local_server, wait_for
from tests.network.certificates import GOOD, WITHOUT_OPENSSL, Authority
from watchconvert.faces.cli import main

HOOK_SECRET = "a-secret-of-the-receiver"
NAMELESS = b"nobody can tell of what kind it is, as its name has no ending"


class NotifyingSite(Site):
    """A site with one route and notifiers."""

    def __init__(self, folder: Path, url: str, *tables: str) -> None:
        super().__init__(folder, url, routes=("jpg",))
        self.plain = self.config.read_text()
        for name, text in (("mail-password", PASSWORD), ("hook-secret", HOOK_SECRET)):
            (folder / name).write_text(text + "\n")
            (folder / name).chmod(0o600)
        self.set_tables(*tables)

    def set_tables(self, *tables: str) -> None:
        self.config.write_text(self.plain + "".join(f'[[notify]]\ninterval = "2s"\n{table}\n' for table in tables))

    def drop(self, name: str, data: bytes) -> None:
        draft = self.path("to-jpg", f".{name}.draft")
        draft.write_bytes(data)
        draft.rename(self.path("to-jpg", "inbox") / name)

    def do(self, *words: str) -> tuple[int, str]:
        """Run a command in this process; returns its exit status and all that it said."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = main([*words, "--config", str(self.config)])
        return status, said.getvalue()


def mail_table(port: int, *, tls: str = "none") -> str:
    auth = f'user = "{USER}"\npassword_file = "mail-password"\n' if tls != "none" else ""
    return (
        f'name = "admins"\nkind = "mail"\nsmtp = "127.0.0.1:{port}"\ntls = "{tls}"\n{auth}'
        'from = "watchconvert@example.org"\nto = ["admin@example.org"]'
    )


def hook_table(url: str) -> str:
    return f'name = "chat"\nkind = "webhook"\nurl = "{url}/token-in-path"\nsecret_file = "hook-secret"'


def command_table(*words: str) -> str:
    return f'name = "pager"\nkind = "command"\ncommand = {json.dumps(list(words))}'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with local_server(tmp_path_factory.mktemp("server")) as url:
        yield url


def picture() -> bytes:
    """A file that is converted."""
    return (Path(__file__).parents[2] / "watchconvert/faces/samples/Screenshot.png").read_bytes()


@pytest.mark.skipif(WITHOUT_OPENSSL, reason="openssl is not installed")
@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_failed_file_is_told_by_every_way(tmp_path: Path, served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.trusted))
    inbox, hook, got = Inbox(), Hook(), tmp_path / "got"
    with mail_server(inbox, authority.make(GOOD), tls="starttls", auth=True) as port, web_server(hook) as url:
        ways = (mail_table(port, tls="starttls"), hook_table(url), command_table("/bin/sh", "-c", f"cat >> '{got}'"))
        site = NotifyingSite(tmp_path, served, *ways)
        assert site.do("notify", "--test") == (0, "admins: sent\nchat: sent\npager: sent\n")
        site.start()
        for number in range(3):
            site.drop(f"broken {number}\n", NAMELESS)
        site.wait_for_rest(3)
        wait_for(lambda: told(inbox) == 3 and told_by(hook) == 3, "the failures to be told")
        wait_for(lambda: got.exists() and got.read_text().count('"kind": "failed"'), "the command to be started")
        assert site.stop() == 0
    assert inbox.secure == [True] * len(inbox.letters)
    text = "".join(letter.get_content() for letter in inbox.letters)
    assert "broken 0\\x0a" in text
    for headers, body in hook.requests:
        Verifier(base64.b64encode(HOOK_SECRET.encode()).decode()).verify(body, headers)
    log = site.log()
    for secret in (PASSWORD, HOOK_SECRET, SECRET, "token-in-path"):
        assert secret not in log
        assert secret not in text
    ids = [job.id for job in site.jobs()]
    assert not any(job_id in text + got.read_text() + log for job_id in ids)
    assert not [path for path in tmp_path.glob("state/*.notified") if path.stat().st_mode & 0o077]


def told(inbox: Inbox) -> int:
    """How many failures the mails tell of."""
    first = [letter["Subject"].split() for letter in inbox.letters]
    return sum(int(words[1]) for words in first if words[0] == "to-jpg:")


def told_by(hook: Hook) -> int:
    return sum(json.loads(body).get("count", 0) for _, body in hook.requests)


def test_receivers_that_hang_refuse_or_are_gone_keep_no_file_and_no_stop(tmp_path: Path, served: str) -> None:
    """Conversions are counted, not timed: all are done while every receiver is as bad as it can be."""

    def hang(_connection: socket.socket, over: threading.Event) -> None:
        over.wait(60)

    with contextlib.ExitStack() as stack:
        hanging = stack.enter_context(odd_server(hang))
        hanging_hook = stack.enter_context(odd_server(hang))
        refusing = stack.enter_context(web_server(Hook(500)))
        ways = (
            mail_table(hanging),
            hook_table(f"http://127.0.0.1:{hanging_hook}"),
            hook_table(refusing).replace("chat", "refusing"),
            hook_table("http://127.0.0.1:1").replace("chat", "gone"),
            command_table("/bin/sleep", "300"),
            command_table("/nonexistent").replace("pager", "missing"),
        )
        site = NotifyingSite(tmp_path, served, *ways)
        site.start()
        for number in range(5):
            site.drop(f"broken {number}", NAMELESS)
        wait_for(lambda: site.log().count("not_notified") >= 3, "the receivers to be found bad")
        data = picture()
        for number in range(8):
            site.drop(f"good {number}.png", data)
        jobs = site.wait_for_rest(13)
        assert sum(job.state.value == "done" for job in jobs) == 8
        sleeping = wait_for(lambda: sleepers(site.process.pid), "the command to hang")  # type: ignore[union-attr]
        assert site.stop() == 0
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in sleeping), "the command to end", 20)
    assert '"stuck"' not in site.log()


def sleepers(parent: int) -> list[int]:
    """Return the children of a process that are a sleep."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = path.read_text().partition("(")[2].rpartition(")")
            if name == "sleep" and int(rest.split()[1]) == parent:
                found.append(int(path.parent.name))
    return found


def test_what_could_not_be_sent_before_a_restart_is_sent_after_it(tmp_path: Path, served: str) -> None:
    hook = Hook(503)
    with web_server(hook) as url:
        site = NotifyingSite(tmp_path, served, hook_table(url))
        site.start()
        site.drop("a", NAMELESS)
        wait_for(lambda: hook.requests, "a try")
        site.drop("b", NAMELESS)
        site.wait_for_rest(2)
        site.kill()
        site.start()
        wait_for(lambda: len(hook.requests) > 1, "another try")
        assert site.stop() == 0
        tried = {json.loads(body)["id"] for _, body in hook.requests}
        hook.requests.clear()
        hook.status = 204
        site.start()
        wait_for(lambda: told_by(hook) >= 2, "both to be told")
        assert site.stop() == 0
    sent = [json.loads(body) for _, body in hook.requests]
    assert sorted(name for each in sent for reason in each["reasons"] for name in reason["files"]) == ["a", "b"]
    assert sent[0]["id"] in tried, "the same message, under the same id"
    assert len({each["id"] for each in sent}) == len(sent)


def test_a_reload_takes_new_notifiers_or_refuses_them_with_the_rest(tmp_path: Path, served: str) -> None:
    hook = Hook()
    with web_server(hook) as url:
        site = NotifyingSite(tmp_path, served)
        site.start()
        site.drop("before", NAMELESS)
        site.wait_for_rest(1)
        (tmp_path / "hook-secret").chmod(0o644)
        site.set_tables(hook_table(url))
        for command in ("reload", "check"):
            status, said = site.do(command)
            assert status == 78
            assert "[[notify]] 'chat' secret_file" in said
            assert "may be read by everybody (mode 0644)" in said
            assert "token" not in said
        (tmp_path / "hook-secret").chmod(0o600)
        assert site.do("reload")[0] == 0
        site.drop("after", NAMELESS)
        wait_for(lambda: told_by(hook), "the failure to be told")
        assert site.stop() == 0
    assert [json.loads(body)["reasons"][0]["files"] for _, body in hook.requests] == [["after"]]


def test_a_hold_and_its_end_are_told(tmp_path: Path, served: str) -> None:
    hook = Hook()
    with web_server(hook) as url:
        site = NotifyingSite(tmp_path, served, hook_table(url))
        wide = site.config.read_text()
        site.config.write_text(wide.replace("[daemon]", '[daemon]\nmin_free = "900TB"'))
        site.start()
        site.drop("a.png", picture())
        wait_for(lambda: kinds(hook) == ["held"], "the hold to be told")
        site.config.write_text(wide)
        assert site.do("reload")[0] == 0
        wait_for(lambda: kinds(hook) == ["held", "released"], "its end to be told")
        assert [job.state.value for job in site.wait_for_rest(1)] == ["done"]
        assert site.stop() == 0
    assert "900 TB are wanted" in json.loads(hook.requests[0][1])["text"]


def kinds(hook: Hook) -> list[str]:
    return [json.loads(body)["kind"] for _, body in hook.requests]


def test_the_command_line_tells_what_came_of_a_test(tmp_path: Path, served: str) -> None:
    site = NotifyingSite(tmp_path, served)
    assert site.do("notify")[0] == 1
    with web_server(Hook(401)) as url:
        site.set_tables(hook_table(url), command_table("/bin/true"))
        status, said = site.do("notify")
        assert (status, said.partition(" to 127")[0]) == (0, "chat: webhook")
        assert "token" not in said
        tested = site.do("notify", "--test")
    assert tested == (1, "chat: NOT SENT: the receiver answered 401\npager: sent\n")
    assert not Path(os.fspath(site.journal)).exists(), "it needs no daemon and leaves nothing"
