"""The program itself, as a process: how it says that it is ready, and how it ends."""

import signal
import socket
import time
from pathlib import Path

import pytest
import requests
from local_program import DEADLINE, SECRET, program

from watchconvert.localapi.program import main


def convert_text(url: str) -> bytes:
    headers = {"Authorization": f"Bearer {SECRET}"}
    files = {"File": ("letter.txt", b"Dear reader")}
    reply = requests.post(f"{url}/convert/txt/to/pdf", headers=headers, files=files, timeout=DEADLINE)
    assert reply.status_code == 200, reply.text
    assert reply.json()["Files"][0]["FileName"] == "letter.pdf"
    data = {"StoreFile": "true"}
    reply = requests.post(f"{url}/convert/txt/to/pdf", headers=headers, files=files, data=data, timeout=DEADLINE)
    return requests.get(reply.json()["Files"][0]["Url"], timeout=DEADLINE).content


def test_it_converts_with_its_own_engines_and_ends_within_a_second_or_so(tmp_path: Path) -> None:
    with program("--folder", str(tmp_path)) as (process, url):
        assert convert_text(url).startswith(b"%PDF-")
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 0
        assert time.monotonic() - begun < 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock"]


def test_it_ends_with_its_stdin_and_removes_its_temporary_folder(tmp_path: Path) -> None:
    with program("--exit-with-stdin", secret="") as (process, url):
        assert process.stdout.readline().startswith("secret ")
        assert requests.get(f"{url}/info/canconvert/txt/to/pdf", timeout=DEADLINE).status_code == 200
        process.stdin.close()
        assert process.wait(DEADLINE) == 0


def test_it_serves_on_an_inherited_socket(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        with program("--fd", str(number), pass_fds=[number]) as (_, url):
            assert url.endswith(f":{listener.getsockname()[1]}")
            assert requests.get(f"{url}/info", timeout=DEADLINE).status_code == 200


def test_a_secret_file_wins_and_nothing_secret_is_printed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-file\n")
    with program("--secret-file", str(tmp_path / "secret")) as (process, url):
        for secret, status in (("from-file", 200), (SECRET, 401)):
            reply = requests.get(f"{url}/user", params={"Secret": secret}, timeout=DEADLINE)
            assert reply.status_code == status
        process.terminate()
        assert process.stdout.read() == ""


def test_two_servers_do_not_share_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with program("--folder", str(tmp_path)):
        assert main(["--folder", str(tmp_path), "--port", "0"]) == 1
    assert "in use" in capsys.readouterr().err


def test_what_keeps_it_from_starting_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").touch()
    assert main(["--secret-file", str(tmp_path / "empty")]) == 1
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--port", str(taken.getsockname()[1])]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2


@pytest.mark.parametrize("options", [["--workers", "0"], ["--queue", "-1"], ["--max-body", "1X"], ["--job-life", "x"]])
def test_bad_options_are_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(options)
    assert ended.value.code == 2
    assert options[0] in capsys.readouterr().err
