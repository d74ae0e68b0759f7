"""The notifier in the daemon: it tells what happened once, over restarts and clock jumps, and never keeps the work."""

import dataclasses
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.world import World
from watchconvert.adapters.journal.database import JournalError
from watchconvert.adapters.notify.memory import Memory
from watchconvert.adapters.notify.sender import NotSentError, Sender
from watchconvert.core.account import Account
from watchconvert.core.answers import Held, Scope
from watchconvert.core.budget import Budget
from watchconvert.core.job import Verdict
from watchconvert.core.messages import GIVE_UP, Message
from watchconvert.core.settings import Notify
from watchconvert.core.wording import Wording
from watchconvert.engine.accountant import Accountant
from watchconvert.engine.notifier import Notifier, Wanted

ALL = ("failed", "held", "released", "low_balance", "budget")
ADMINS = Notify("admins", "mail", ALL, interval=100.0)


class Post:
    """Sends to a list; may refuse, break, or hang until it is let go."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.tried: list[str] = []
        self.why = ""
        self.bug: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.stopped = False

    def send(self, message: Message) -> str:
        self.tried.append(message.id)
        self.gate.wait(20)
        if self.bug:
            raise self.bug
        if self.why:
            raise NotSentError(self.why)
        self.sent.append(message)
        return ""

    def stop(self) -> None:
        self.stopped = True

    def subjects(self) -> list[str]:
        return [message.subject.partition(" [")[0] for message in self.sent]


class Log:
    """Remembers what was logged."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, level: str) -> Callable[..., None]:
        return lambda event, **words: self.lines.append((event, words))

    def events(self) -> list[str]:
        return [event for event, _ in self.lines]


class Told(World):
    """A world with a notifier."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.post = Post()
        self.low_balance = 0
        self.targets: list[tuple[Notify, Sender]] = [(ADMINS, self.post)]
        self.notify_log = Log()

    def start(self) -> None:
        super().start()
        object.__setattr__(self.tools, "log", self.notify_log)
        self.notifier = Notifier(self.tools, self.holds, Memory(str(self.root / "notified")), Wording("fs1"))
        self.configure()

    def configure(self) -> None:
        outboxes = {self.route.outbox: (self.route.name,)}
        self.notifier.take(Wanted(tuple(self.targets), outboxes, self.low_balance))

    def tell(self) -> None:
        """Let the notifier come round, and what it sends come to an end, unless it hangs."""
        self.notifier.round()
        for thread, sender in list(self.notifier._sending.values()):
            if sender.gate.is_set():  # type: ignore[attr-defined]
                thread.join(20)
                assert not thread.is_alive()

    def live(self, seconds: int) -> None:
        for _ in range(seconds):
            self.round()
            self.tell()
            self.clock.pass_by(1.0)

    def refuse(self, *names: str) -> None:
        """Have files fail."""
        self.service.refuse = Verdict("The file is damaged.", 400, 4000)
        for name in names:
            self.drop(name)

    def end(self) -> None:
        """End this life as the daemon does when it is told to."""
        self.notifier.stop()
        self.stop()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Told]:
    world = Told(tmp_path)
    yield world
    world.post.gate.set()
    world.stop()


def test_a_failed_file_is_told_with_its_reason(world: Told) -> None:
    world.start()
    world.live(3)
    world.refuse("a.docx", "b\x1b[31m.docx")
    world.live(30)
    (message,) = world.post.sent
    assert message.subject == "to-pdf: 2 files could not be converted [watchconvert fs1]"
    assert "2 files: The file is damaged." in message.text
    assert "a.docx" in message.text
    assert "b\\x1b[31m.docx" in message.text
    assert "\x1b" not in message.text
    assert str(world.route.error) in message.text
    assert all(job.id not in json.dumps(message.facts) + message.text for job in world.jobs())
    assert world.notify_log.events().count("notified") == 1


def test_what_failed_before_anybody_was_to_be_told_is_not_told(world: Told) -> None:
    world.targets = []
    world.start()
    world.refuse("old.docx")
    world.live(10)
    world.targets = [(ADMINS, world.post)]
    world.configure()
    world.live(30)
    assert world.post.sent == []
    world.drop("new.docx")
    world.live(30)
    assert world.post.subjects() == ["to-pdf: 1 file could not be converted"]


def test_the_first_start_tells_nothing_of_the_past(world: Told) -> None:
    World.start(world)
    world.refuse("old.docx")
    world.run()
    World.stop(world)
    world.start()
    world.live(30)
    assert world.post.sent == []


def test_a_restart_neither_repeats_nor_loses(world: Told) -> None:
    """Whatever the moment of the end: each failure is in exactly one message."""
    world.start()
    world.refuse("first.docx")
    for at in range(40):
        if at in (2, 5, 9, 20, 31):
            world.drop(f"{at}.docx")
        world.live(4)
        world.end()
        world.start()
    world.live(200)
    told = [name for message in world.post.sent for group in message.facts["reasons"] for name in group["files"]]
    assert sorted(told) == sorted(["first.docx", "2.docx", "5.docx", "9.docx", "20.docx", "31.docx"])
    assert sum(message.facts["count"] for message in world.post.sent) == 6
    times = [message.at for message in world.post.sent]
    assert all(later - earlier >= 100 for earlier, later in itertools.pairwise(times))


def test_a_death_while_it_is_sent_repeats_it_under_the_same_id(world: Told) -> None:
    world.start()
    world.post.gate.clear()
    world.refuse("a.docx")
    world.live(30)
    (tried,) = world.post.tried
    world.stop()  # killed: nothing more is remembered
    world.post = Post()
    world.targets = [(ADMINS, world.post)]
    world.start()
    world.live(5)
    assert [message.id for message in world.post.sent] == [tried]
    world.live(200)
    assert len(world.post.sent) == 1


def test_what_was_sent_at_the_very_end_is_not_sent_again(world: Told) -> None:
    """The receiver has it, but the loop has not come round since: the end of the daemon remembers it."""
    world.start()
    world.live(3)
    world.refuse("a.docx")
    while not world.post.sent:
        world.round()
        world.tell()
        world.clock.pass_by(1.0)
    world.end()
    world.start()
    world.live(200)
    assert len(world.post.sent) == 1


def test_a_hold_and_its_end_are_told_over_a_restart(world: Told) -> None:
    world.start()
    world.service.answers["submit"] = [Held(Scope.ACCOUNT, Verdict("The account is empty.", 402))] * 1000
    world.service.answers["probe"] = [Held(Scope.ACCOUNT, Verdict("The account is empty.", 402))] * 1000
    world.drop("a.docx")
    world.live(30)
    assert world.post.subjects() == ["everything waits for the account"]
    assert "The account is empty." in world.post.sent[0].text
    world.end()
    world.service.answers.clear()
    world.start()
    world.live(400)
    assert [subject.partition(":")[2] for subject in world.post.subjects()] == ["", " everything waits for the account"]
    assert world.post.sent[1].kind == "released"
    assert set(world.seen("outbox")) == {"a.pdf"}


@pytest.mark.parametrize("jump", [-1e8, -3600.0, 3600.0, 1e8])
def test_a_clock_that_jumps_loses_and_repeats_nothing(world: Told, jump: float) -> None:
    world.start()
    world.refuse("a.docx")
    world.live(30)
    world.clock.wall += jump
    world.drop("b.docx")
    world.live(30)
    world.clock.wall -= jump
    world.drop("c.docx")
    world.live(300)
    assert sum(message.facts["count"] for message in world.post.sent) == 3
    assert 2 <= len(world.post.sent) <= 3


def test_a_receiver_that_hangs_keeps_nobody(world: Told) -> None:
    stuck = Post()
    stuck.gate.clear()
    world.targets = [(Notify("stuck", "webhook", ALL, interval=10.0), stuck), *world.targets]
    world.start()
    world.refuse("a.docx")
    world.live(30)
    assert len(stuck.tried) == 1
    assert len(world.post.sent) == 1
    world.service.refuse = None
    world.drop("good.docx")
    world.live(10)
    assert set(world.seen("outbox")) == {"good.pdf"}
    assert world.notifier.is_busy()
    world.notifier.stop()
    assert stuck.stopped
    assert not world.post.stopped, "what does not send is not stopped"
    stuck.gate.set()


def test_what_cannot_be_sent_is_tried_again_at_growing_pauses_and_dropped_at_last(world: Told) -> None:
    world.start()
    world.post.why = "the receiver answered 500"
    world.refuse("a.docx")
    world.live(3600)
    assert 8 <= len(world.post.tried) <= 16
    assert world.notify_log.events().count("not_notified") == 1, "told once for each reason"
    world.clock.pass_by(GIVE_UP)
    world.live(3)
    assert "message_dropped" in world.notify_log.events()
    tries = len(world.post.tried)
    world.live(1000)
    assert len(world.post.tried) == tries
    world.post.why = ""
    world.drop("b.docx")
    world.live(2000)
    assert world.post.subjects() == ["to-pdf: 1 file could not be converted"]


def test_a_receiver_that_comes_back_gets_what_waited(world: Told) -> None:
    world.start()
    world.post.why = "nobody there"
    world.refuse("a.docx")
    world.live(300)
    world.drop("b.docx")
    world.live(300)
    world.post.why = ""
    world.live(1000)
    assert [message.facts["count"] for message in world.post.sent] == [1, 1]


def test_a_bug_of_ours_ends_neither_the_loop_nor_the_message(world: Told) -> None:
    world.start()
    world.post.bug = RuntimeError("oops")
    world.refuse("a.docx")
    world.live(30)
    assert "bug" in world.notify_log.events()
    world.post.bug = None
    world.live(60)
    assert len(world.post.sent) == 1


def test_a_bug_in_the_round_is_told_and_the_next_round_comes(world: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    world.start()
    with monkeypatch.context() as patch:
        patch.setattr(world.notifier, "_read_on", lambda: 1 / 0)
        assert world.notifier.round() == 60.0
    assert world.notify_log.events() == ["bug"]
    assert world.notifier.round() < 60.0


def test_a_journal_that_cannot_be_read_ends_the_daemon(world: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    world.start()

    def damaged(*_: Any) -> Any:
        raise JournalError("damaged")

    monkeypatch.setattr(world.journal._database, "read", damaged)  # type: ignore[union-attr]
    with pytest.raises(JournalError):
        world.notifier.round()


def test_a_memory_that_cannot_be_written_is_told_once_and_messages_go_out(world: Told) -> None:
    world.start()
    (world.root / "notified.new").mkdir()
    world.refuse("a.docx")
    world.live(60)
    assert len(world.post.sent) == 1
    assert world.notify_log.events().count("messages_not_remembered") == 1


def test_a_memory_that_is_damaged_is_told_and_the_news_begin_now(world: Told) -> None:
    world.start()
    world.refuse("a.docx")
    world.live(60)
    world.end()
    (world.root / "notified").write_text("{")
    world.start()
    world.drop("b.docx")
    world.live(150)
    assert "messages_forgotten" in world.notify_log.events()
    assert [message.facts["reasons"][0]["files"] for message in world.post.sent] == [["a.docx"], ["b.docx"]]


def test_a_new_configuration_holds_at_once_and_what_waits_is_kept(world: Told) -> None:
    world.start()
    world.post.why = "nobody there"
    world.refuse("a.docx")
    world.live(30)
    other = Post()
    world.targets = [(ADMINS, other), (Notify("boss", "mail", ("failed",), interval=10.0), Post())]
    world.configure()
    world.live(30)
    assert other.subjects() == ["to-pdf: 1 file could not be converted"]
    world.targets = []
    world.configure()
    assert world.notifier.round() > 1000, "with nobody to tell it sleeps"
    assert json.loads((world.root / "notified").read_text())["desks"] == {}


def test_a_low_balance_is_told_and_logged_once(world: Told) -> None:
    world.low_balance = 200
    world.start()
    accountant = Accountant(world.tools, 200)
    for left in (500, 199, 150, 100):
        account = Account(1000, 1000 - left)
        world.service.account = lambda account=account: account  # type: ignore[method-assign]
        accountant.round()
        world.live(30)
        world.clock.pass_by(3600.0)
    assert world.post.subjects() == ["the account is running low"]
    assert "199 conversions left" in world.post.sent[0].text
    assert world.notify_log.events().count("low_balance") == 1


def test_a_budget_is_told_when_it_is_nearly_used_up_when_it_is_and_when_it_goes_on(world: Told) -> None:
    world.start()
    world.holds.purse.take({world.route.name: Budget(day=5)})
    for number in range(4):
        world.drop(f"{number}.docx")
    world.live(60)
    for number in range(4, 7):
        world.drop(f"{number}.docx")
    world.live(60)
    world.holds.purse.take({})
    world.holds.probe_now()
    world.live(60)
    assert [(sent.kind, sent.subject.partition(" [")[0]) for sent in world.post.sent] == [
        ("budget", "the budget of route to-pdf (day) is nearly used up"),
        ("budget", "the budget of route to-pdf is used up"),
        ("released", "over after 57 s: the budget of route to-pdf is used up"),
    ]
    assert "used 4 of 5 today." in world.post.sent[0].text
    assert "the budget of 5 for today is used up (" in world.post.sent[1].text


def test_who_does_not_ask_for_budgets_is_not_told(world: Told) -> None:
    world.targets = [(dataclasses.replace(ADMINS, on=("held", "released")), world.post)]
    world.start()
    world.holds.purse.take({"": Budget(day=0)})
    world.drop("a.docx")
    world.live(60)
    assert [hold.scope for hold in world.holds.standing()] == [Scope.BUDGET]
    assert world.post.sent == []


def test_many_failures_are_read_a_few_at_a_time(world: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchconvert.engine.notifier._BATCH", 3)
    world.start()
    world.notifier.round()
    world.refuse(*(f"{number}.docx" for number in range(7)))
    world.run()
    assert [world.notifier.round() < 1.0 for _ in range(3)] == [True, True, False]
    world.live(100)
    assert [message.facts["count"] for message in world.post.sent] == [7]
