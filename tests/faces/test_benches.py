"""The working folders of `convert`: found again, kept while something bought is on them, and delivered from once."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.core.making import make_job, make_order
from watchconvert.adapters.files.delivery import Delivery
from watchconvert.adapters.journal.store import Journal
from watchconvert.core.config import ConfigError
from watchconvert.core.job import Job, Part, Sighting, Verdict
from watchconvert.core.requests import Conversion, Item, Request, from_text
from watchconvert.core.states import State
from watchconvert.faces.build import open_journal
from watchconvert.faces.converting import bench_work, command
from watchconvert.faces.converting.bench_work import BenchWork, Outcome
from watchconvert.faces.converting.benches import Bench, Benches, state_root
from watchconvert.faces.converting.given import Wish, look_over

TO_PDF = Conversion("local", "pdf")


class DiedError(BaseException):
    """The process ended here."""


class Place:
    """Somebody's folder and their benches."""

    def __init__(self, top: Path) -> None:
        self.home, self.root = top / "home", top / "state"
        self.home.mkdir()
        self.told: list[tuple[str, Outcome]] = []

    def item(self, name: str, **changes: Any) -> Item:
        path = self.home / name
        if not path.exists():
            path.write_text(name)
        (given,) = look_over([str(path)], Wish("pdf"))
        assert given.item, given.why
        return replace(given.item, **changes)

    def request(self, *names: str, conversion: Conversion = TO_PDF) -> Request:
        return Request(conversion, tuple(map(self.item, names)))

    def plan(self, *names: str) -> tuple[list[Bench], list[str], list[str]]:
        """Return the benches that are ours, the files that others are at, and those begun by others."""
        plan = Benches(self.root).plan(self.request(*names))
        busy = [Path(item.path).name for item in plan.busy]
        return list(plan.benches), busy, [Path(item.path).name for each in plan.others for item in each.items]

    def begin(self, name: str, **job: Any) -> Bench:
        """Return a bench on which one job has come so far."""
        ((bench,), _, _) = self.plan(name)
        note(bench, self.job(bench, name, **job))
        return bench

    def job(self, bench: Bench, name: str, **changes: Any) -> Job:
        plain = {"order": make_order(bench.work), "folder": b"0000", "route": "convert", "round": 1}
        return make_job(name.encode(), **plain | changes)

    def work(self, bench: Bench) -> BenchWork:
        return BenchWork(bench, lambda item, outcome: self.told.append((Path(item.path).name, outcome)), None)


def note(bench: Bench, job: Job) -> None:
    journal: Journal = open_journal(bench.journal)
    journal.add(job)
    journal.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_same_file_as_it_is_makes_the_same_request(place: Place) -> None:
    request = place.request("a.docx", "b.docx")
    assert from_text(request.to_text()) == request
    assert place.request("a.docx", "b.docx").name == request.name
    others = [
        place.request("a.docx"),
        place.request("a.docx", "b.docx", conversion=Conversion("local", "jpg")),
        place.request("a.docx", "b.docx", conversion=Conversion("https://a", "pdf")),
        place.request("a.docx", "b.docx", conversion=replace(TO_PDF, params=(("Dpi", "300"),))),
    ]
    (place.home / "b.docx").write_text("changed")
    others.append(place.request("a.docx", "b.docx"))
    assert len({request.name, *(other.name for other in others)}) == 6
    for broken in ("", "{}", "[]", '{"conversion": {}, "items": [], "config": ""}'):
        with pytest.raises(ValueError):
            from_text(broken)


def test_what_was_bought_is_found_again_and_what_was_not_is_swept(place: Place) -> None:
    bought, vain = place.begin("a.docx"), place.begin("b.docx", round=0)
    for bench in (bought, vain):
        bench.release()
    (mine,), busy, others = place.plan("a.docx")
    assert (mine.folder, busy, others) == (bought.folder, [], [])
    assert not vain.folder.exists()
    ours, busy, others = place.plan("a.docx", "c.docx")
    assert (len(ours), busy, others) == (1, ["a.docx"], [])
    mine.release()
    assert place.plan("d.docx")[2] == ["a.docx"]
    assert [bench.folder for bench in Benches(place.root).unfinished().benches] == [bought.folder]


def test_an_unreadable_journal_is_never_swept(place: Place) -> None:
    bench = place.begin("a.docx", round=0)
    bench.release()
    Path(bench.journal).write_text("no journal at all, as far as anybody can tell")
    assert [each.folder for each in Benches(place.root).unfinished().benches] == [bench.folder]


def test_what_was_bought_at_one_service_is_not_asked_for_at_another(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "watchconvert/convert"
    (bench,) = Benches(root).plan(place.request("a.docx", conversion=Conversion("https://one.test", "pdf"))).benches
    note(bench, place.job(bench, "a.docx", state=State.CONVERTING))
    bench.release()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("CONVERTAPI_SECRET", "a-secret-for-the-tests")
    for taken_over in ("command_log", "running.prepare_process"):  # what they change is the whole process's
        monkeypatch.setattr(f"{command.__name__}.{taken_over}", lambda: None)
    config = tmp_path / "watchconvert.toml"
    config.write_text('[service]\nurl = "https://two.test"\n')
    with pytest.raises(ConfigError, match=r"is https://two\.test, but .*/a\.docx was sent to https://one\.test"):
        command.resume(config=str(config), as_json=True)
    assert [each.folder for each in Benches(root).unfinished().benches] == [bench.folder]


def test_who_asks_again_says_where_results_are_to_lie(place: Place) -> None:
    place.begin("a.docx").release()
    (place.home / "out").mkdir()
    item = place.item("a.docx", folder=str(place.home / "out"), conflict="replace")
    plan = Benches(place.root).plan(Request(TO_PDF, (item,)))
    told = json.loads((plan.benches[0].folder / "request.json").read_text())
    assert [(each["folder"], each["conflict"]) for each in told["items"]] == [(str(place.home / "out"), "replace")]


def test_the_root_is_that_of_the_person(tmp_path: Path) -> None:
    assert state_root({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "watchconvert/convert"
    assert (
        state_root({})
        == state_root({"XDG_STATE_HOME": "relative"})
        == Path.home() / ".local/state/watchconvert/convert"
    )


def before(_: Callable[..., Any]) -> Callable[..., Any]:
    def die(*_given: Any) -> Any:
        raise DiedError

    return die


def behind(real: Callable[..., Any]) -> Callable[..., Any]:
    def die(*given: Any) -> Any:
        real(*given)
        raise DiedError

    return die


@pytest.mark.parametrize("when", [before, behind])
@pytest.mark.parametrize("where", [(Delivery, "lay"), (Bench, "note"), (Delivery, "place"), (Bench, "remove")], ids=str)
def test_a_death_while_it_delivers_costs_nothing_and_doubles_nothing(
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    where: tuple[Any, str],
    when: Callable[[Callable[..., Any]], Callable[..., Any]],
) -> None:
    part = Part("", 3, "document.pdf", b"a.pdf")
    bench = place.begin("a.docx", state=State.DONE, parts=(part,))
    outbox = Path(bench.work, "outbox", "0000")
    outbox.mkdir(parents=True)
    (outbox / "a.pdf").write_text("result")
    with monkeypatch.context() as patched:
        patched.setattr(*where, when(getattr(*where)))
        with pytest.raises(DiedError):
            place.work(bench).run(None, None)  # type: ignore[arg-type]
    bench.release()
    for again in place.plan("a.docx")[0]:
        if again.jobs():
            place.work(again).run(None, None)  # type: ignore[arg-type]
    assert {path.name: path.read_text() for path in place.home.iterdir()} == {"a.docx": "a.docx", "a.pdf": "result"}
    assert place.told[-1] == ("a.docx", Outcome("done", outputs=(str(place.home / "a.pdf"),)))


def test_what_the_built_in_server_had_begun_is_begun_anew_and_what_was_delivered_stays(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((bench,), _, _) = place.plan("a.docx", "b.docx")
    part = Part("", 3, "document.pdf", b"a.pdf")
    note(bench, place.job(bench, "a.docx", state=State.DONE, parts=(part,)))
    sighting = Sighting(1, 3, 3, 3, 3)
    note(bench, place.job(bench, "b.docx", id="f" * 32, folder=b"0001", state=State.CONVERTED, sighting=sighting))
    outbox = Path(bench.work, "outbox", "0000")
    outbox.mkdir(parents=True)
    (outbox / "a.pdf").write_text("result")
    monkeypatch.setattr(BenchWork, "_convert", lambda *_: None)
    place.work(bench).run(None, None)  # type: ignore[arg-type]
    assert [(name, outcome.state) for name, outcome in place.told] == [("a.docx", "done"), ("b.docx", "left")]
    assert (place.home / "a.pdf").read_text() == "result"
    assert not bench.folder.exists(), "what it had bought is nothing any more"


def test_a_result_that_cannot_be_put_there_is_kept(place: Place) -> None:
    bench = place.begin("a.docx", state=State.DONE, parts=(Part("", 3, "document.pdf", b"a.pdf"),))
    outbox = Path(bench.work, "outbox", "0000")
    outbox.mkdir(parents=True)
    (outbox / "a.pdf").write_text("result")
    bench.ask([place.item("a.docx", conflict="fail")])
    (place.home / "a.pdf").write_text("somebody else's")
    place.work(bench).run(None, None)  # type: ignore[arg-type]
    ((_, outcome),) = place.told
    assert (outcome.state, outcome.why.startswith("File exists: a.pdf; it was converted, and its result is kept")) == (
        "left",
        True,
    )
    assert sorted(path.name for path in place.home.iterdir()) == ["a.docx", "a.pdf"]
    (place.home / "a.pdf").unlink()
    ((again,), _, _) = place.plan("a.docx")
    place.work(again).run(None, None)  # type: ignore[arg-type]
    assert (place.home / "a.pdf").read_text() == "result"
    assert not bench.folder.exists()


def test_a_failure_tells_its_reason_and_what_it_cost(place: Place) -> None:
    bench = place.begin("a.docx", state=State.FAILED, verdict=Verdict("It is damaged."), cost=2)
    place.work(bench).run(None, None)  # type: ignore[arg-type]
    assert place.told == [
        ("a.docx", Outcome("failed", "It is damaged. (It was sent for conversion; the service charged 2.)"))
    ]
    assert not bench.folder.exists()


def test_a_source_that_was_changed_meanwhile_is_refused(place: Place) -> None:
    ((bench,), _, _) = place.plan("a.docx")
    (place.home / "a.docx").write_text("changed since")
    place.work(bench).run(None, None)  # type: ignore[arg-type]
    ((_, outcome),) = place.told
    assert (outcome.state, "it was changed while it was read" in outcome.why) == ("refused", True)
    assert not bench.folder.exists()


@pytest.fixture
def linked(place: Place) -> Path:
    (place.home.parent / "link").symlink_to(place.home)
    return place.home.parent / "link"


def test_a_file_is_the_same_by_whichever_way_it_is_named(place: Place, linked: Path) -> None:
    item = place.item("a.docx")
    (given,) = look_over([str(linked / "a.docx"), item.path, f"{linked}/../home/a.docx"], Wish("pdf"))
    assert given.item == item


def test_locks_are_given_back_before_their_folders_are_removed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The inode of a removed folder is soon another's, and so would be the lock: two requests at once would clash."""
    done = list[str]()
    locks = SimpleNamespace(release=lambda: done.append("locks"))
    tools = SimpleNamespace(folders=SimpleNamespace(locks=locks))
    ((bench,), _, _) = place.plan("a.docx")
    work = place.work(bench)
    monkeypatch.setattr(bench_work.running, "is_busy", lambda _: False)
    monkeypatch.setattr(Bench, "remove", lambda _: done.append("bench"))
    work.engine = SimpleNamespace(daemon=SimpleNamespace(tools=tools))  # type: ignore[assignment]
    work.outcomes = {0: Outcome("done")}
    work.close()
    assert done == ["locks", "bench"]
