import asyncio
import os
import socket
import stat
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from engine_reading import pdf_text
from PIL import Image

from watchconvert.localapi.engines import (
    ConversionError,
    Request,
    Source,
    UnsupportedPairError,
    checks,
    convert,
    drawings,
    pages,
    runner,
)
from watchconvert.localapi.engines.fonts import write_fontconfig
from watchconvert.localapi.engines.job import Job, Outputs

BILLION = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)


def error_code(run, *arguments, **options):
    with pytest.raises(ConversionError) as caught:
        run(*arguments, **options)
    assert caught.value.message.endswith((".", ")")) or ":" in caught.value.message
    return caught.value.code


def test_half_a_word_document_is_reported_as_damaged(run, write, letter):
    half = letter.read_bytes()
    assert error_code(run, "docx", "pdf", write("half.docx", half[: len(half) // 2])) == 5002


@pytest.mark.parametrize(
    ("source", "target", "content"),
    [
        ("docx", "html", b"no archive"), ("docx", "pdf", b""), ("xlsx", "csv", b"no workbook"), ("odt", "pdf", b"PK"),
        ("pdf", "jpg", b"%PDF-1.7 cut short"), ("pdf", "merge", b"nothing"), ("png", "jpg", b"\x89PNG cut"),
        ("jpg", "pdf", b"\xff\xd8\xff cut"), ("svg", "png", b"<svg"), ("svg", "pdf", b"<svg"), ("heic", "jpg", b"no"),
    ],
)  # fmt: skip
def test_damaged_files_are_reported_as_damaged(run, write, source, target, content):
    assert error_code(run, source, target, write(f"bad.{source}", content)) == 5002


def test_protected_office_files_are_reported_as_such(run, write):
    container = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
    assert error_code(run, "docx", "pdf", write("locked.docx", container)) == 5003


def test_lost_text_is_an_error_and_not_a_blank_page(run, letter):
    (result,) = run("docx", "pdf", letter)
    checks.check_text_kept(checks.count_words(["quarterly letter dear"]), result.path)
    with pytest.raises(ConversionError, match="lost"):
        checks.check_text_kept(checks.count_words(["words that stand nowhere in it, quarterly"]), result.path)


def test_archive_bomb_is_refused_before_it_unpacks(run, letter, tmp_path):
    bomb = tmp_path / "bomb.docx"
    with zipfile.ZipFile(letter) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        with new.open("word/media/x.xml", "w", force_zip64=True) as part:
            for _ in range(100):
                part.write(b"A" * 1_000_000)
    started = time.monotonic()
    assert error_code(run, "docx", "pdf", bomb) == 5001
    assert time.monotonic() - started < 5


def test_huge_picture_is_refused(run, tmp_path):
    path = tmp_path / "huge.png"
    Image.new("1", (20_000, 20_000)).save(path)
    assert error_code(run, "png", "jpg", path) == 5001


def test_crash_of_an_engine_is_an_error_of_that_file(run, write):
    nested = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">' + "<g>" * 100_000 + "</g>" * 100_000 + "</svg>"
    )
    assert error_code(run, "svg", "png", write("deep.svg", nested)) == 5001


def test_entity_bomb_ends_as_an_error(run, write):
    svg = BILLION + ']><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&j;</text></svg>'
    assert error_code(run, "svg", "png", write("lol.svg", svg), timeout=10) in {5000, 5001, 5002}


class Listener:
    """Counts connections to a port of this machine."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.accepted = 0
        self.thread = threading.Thread(target=self.count)
        self.thread.start()

    def count(self):
        while True:
            connection, _ = self.server.accept()
            with connection:
                if connection.recv(1) == b"q":
                    return
                self.accepted += 1

    def close(self):
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(b"q")
        self.thread.join()
        self.server.close()


@pytest.mark.parametrize("target", ["pdf", "png"])
@pytest.mark.parametrize("name", ["page.html", "page.md", "page.svg"])
def test_nothing_that_a_document_names_is_read(run, write, tmp_path, name, target, listener):
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET987")
    outside = f"http://127.0.0.1:{listener.port}/x"
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="300" height="90">'
        if name.endswith("svg")
        else ""
    )
    body = (
        f'{head}<image xlink:href="{outside}.png" width="9" height="9"/><image href="file://{secret}" width="9" height="9"/>'
        if head
        else f'<link rel="stylesheet" href="{outside}.css"/><img src="{outside}.png"/><iframe src="file://{secret}"></iframe>'
        f'<object data="file://{secret}"></object><a rel="attachment" href="file://{secret}">a</a><p>visible</p>'
    )
    (result,) = run(name.partition(".")[2], target, write(name, body + ("</svg>" if head else "")))
    assert listener.accepted == 0
    assert b"TOPSECRET987" not in result.path.read_bytes()
    if target == "pdf":
        assert "TOPSECRET987" not in pdf_text(result.path)


@pytest.fixture
def listener():
    made = Listener()
    yield made
    made.close()


def test_page_engine_itself_asks_for_nothing(write, tmp_path, listener, monkeypatch):
    """Not confined, as on a machine that grants no namespace and no Landlock."""
    monkeypatch.setenv("FONTCONFIG_FILE", str(write_fontconfig(tmp_path)))
    write("secret.txt", "TOPSECRET987")
    markup = f'<img src="http://127.0.0.1:{listener.port}/x.png"><iframe src="file://{tmp_path}/secret.txt"></iframe>'
    page = write("page.html", markup + "<p>visible")
    pages.html_to_pdf(Job(("html",), "pdf", (Source(page, page.name),), {}, Outputs(tmp_path)))
    text = pdf_text(tmp_path / "1.pdf")
    assert "visible" in text
    assert "TOPSECRET987" not in text
    assert listener.accepted == 0


def test_drawing_engine_itself_reads_no_picture(write, tmp_path):
    red = tmp_path / "red.png"
    Image.new("RGB", (9, 9), "red").save(red)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="{red}" width="9" height="9"/></svg>'
    )
    drawing = write("a.svg", svg)
    drawings.svg_to_image(Job(("svg",), "png", (Source(drawing, "a.svg"),), {}, Outputs(tmp_path)))
    with Image.open(tmp_path / "1.png") as image:
        assert image.getextrema() == ((0, 0),) * 4


def run_confined(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    prepare = (
        "import sys; from pathlib import Path; from watchconvert.localapi.engines.confine import *; "
        f"means = confine(Limits(20), [Path(sys.prefix), Path(sys.base_prefix)], Path({str(folder)!r})); "
    )
    return subprocess.run(
        [sys.executable, "-c", prepare + code], capture_output=True, text=True, check=False, timeout=30
    )


@pytest.fixture(scope="module")
def means(tmp_path_factory):
    done = run_confined(tmp_path_factory.mktemp("means"), "print(' '.join(means))")
    return done.stdout.split()


def test_means_that_are_not_granted_are_left_out(tmp_path):
    code = f"""
import watchconvert.localapi.engines.confine as c
from pathlib import Path
def refuse(*_):
    raise PermissionError
c.enter_namespaces = c.restrict_files = refuse
print(c.confine(c.Limits(20), [], Path({str(tmp_path)!r})))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    assert done.stdout.strip() == "['limits']"


def test_limits_always_hold(means, tmp_path):
    assert "limits" in means
    code = (
        "import resource as r; print(r.getrlimit(r.RLIMIT_CORE), r.getrlimit(r.RLIMIT_CPU), r.getrlimit(r.RLIMIT_AS))"
    )
    assert run_confined(tmp_path, code).stdout.strip() == f"(0, 0) (20, 20) ({3 << 30}, {3 << 30})"


def test_landlock_hides_all_other_files(means, tmp_path):
    if "landlock" not in means:
        pytest.skip("this kernel has no Landlock")
    done = run_confined(tmp_path, "open('/etc/passwd')")
    assert "PermissionError" in done.stderr
    own = tmp_path / "own"
    assert run_confined(tmp_path, f"open({str(own)!r}, 'w').write('x')").returncode == 0
    assert own.read_text() == "x"


def test_namespace_has_no_network(means, tmp_path):
    if "namespaces" not in means:
        pytest.skip("no unprivileged namespaces here")
    code = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))"
    assert "Network is unreachable" in run_confined(tmp_path, code).stderr


def test_confined_process_has_no_capabilities(means, tmp_path):
    code = "print(open('/proc/self/status').read())"
    status = run_confined(tmp_path, code).stdout
    if "namespaces" in means:
        assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status


def wait_until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# a process that leaves its group and session, and one that only waits
SLEEPER = """
import os, time
if os.fork() == 0:
    os.setsid()
time.sleep(60)
"""


def count_processes(word: str) -> int:
    commands = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            commands.append(entry.read_bytes().decode(errors="replace"))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return sum(word in command for command in commands)


@pytest.fixture
def sleeper(tmp_path, monkeypatch):
    """In place of a conversion, a child that sleeps and has another sleep; returns the word to know them by."""
    script = tmp_path / "child.py"
    script.write_text(
        "import watchconvert.localapi.engines.child as child\n"
        f"child.run_engine = lambda *_: exec({SLEEPER!r})\nchild.main()"
    )
    original = asyncio.create_subprocess_exec

    def start(program, *arguments, **options):
        return original(program, "-I", str(script), arguments[-1], **options)

    monkeypatch.setattr(runner.asyncio, "create_subprocess_exec", start)
    return str(script)


async def start_sleeping(source: Path, folder: Path, sleeper: str, limit: float) -> asyncio.Task:
    task = asyncio.create_task(convert(Request("txt", "pdf", (Source(source, "a.txt"),), {}, limit), folder))
    await asyncio.to_thread(wait_until, lambda: count_processes(sleeper) >= 2)
    return task


def test_time_limit_kills_the_child_and_all_it_started(write, sleeper, tmp_path, means):
    folder, source = tmp_path / "results", write("a.txt", "x")
    folder.mkdir()

    async def limited() -> None:
        await (await start_sleeping(source, folder, sleeper, 1.5))

    with pytest.raises(ConversionError, match="time limit") as caught:
        asyncio.run(limited())
    assert caught.value.code == 5000
    assert list(folder.iterdir()) == []
    if "namespaces" not in means:
        pytest.skip("a process that leaves its group is out of reach without namespaces")
    wait_until(lambda: not count_processes(sleeper))


def test_cancellation_kills_the_child_and_all_it_started(write, sleeper, tmp_path, means):
    folder, source = tmp_path / "results", write("a.txt", "x")
    folder.mkdir()

    async def cancelled() -> None:
        task = await start_sleeping(source, folder, sleeper, 60)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert list(folder.iterdir()) == []
    if "namespaces" not in means:
        pytest.skip("a process that leaves its group is out of reach without namespaces")
    wait_until(lambda: not count_processes(sleeper))


@pytest.mark.parametrize("kind", ["link", "pipe", "empty", "missing"])
def test_results_that_are_no_files_are_not_taken(tmp_path, kind):
    job = tmp_path / "job-1"
    (job / "out").mkdir(parents=True)
    trap = job / "out" / "1.pdf"
    if kind == "link":
        trap.symlink_to("/etc/passwd")
    elif kind == "pipe":
        os.mkfifo(trap)
    elif kind == "empty":
        trap.touch()
    with pytest.raises(ConversionError, match="no output"):
        runner.take_results(job, tmp_path, (Source(tmp_path / "a.txt", "a.txt"),), [{"file": "1.pdf", "source": 0}])


def test_result_names_cannot_lead_elsewhere(tmp_path):
    (tmp_path / "job-1" / "out").mkdir(parents=True)
    (tmp_path / "outside.pdf").write_text("x")
    sources = (Source(tmp_path / "a.txt", "a.txt"),)
    with pytest.raises(ConversionError, match="no output"):
        runner.take_results(tmp_path / "job-1", tmp_path, sources, [{"file": "../../outside.pdf", "source": 0}])


def test_original_is_not_touched(run, letter):
    before = letter.read_bytes(), stat.S_IMODE(letter.stat().st_mode)
    run("docx", "pdf", letter)
    assert (letter.read_bytes(), stat.S_IMODE(letter.stat().st_mode)) == before


def test_unsupported_pair_says_so(run, write):
    with pytest.raises(UnsupportedPairError, match="no engine"):
        run("txt", "mp3", write("a.txt", "x"))
