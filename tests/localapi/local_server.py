"""A real server on a real socket, with engines that do as the test says and a clock that stands still."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from watchconvert.localapi.app import create_app
from watchconvert.localapi.context import CONTEXT, Context
from watchconvert.localapi.engines.interface import (
    ConversionError,
    Pair,
    ParameterError,
    Request,
    Result,
    UnsupportedPairError,
)
from watchconvert.localapi.serving import listening_socket, serving
from watchconvert.localapi.settings import Settings

SECRET = "test-secret"
BEARER = {"Authorization": f"Bearer {SECRET}"}
JOB_ID = "0123456789abcdef0123456789abcdef"
DASHED = "01234567-89ab-cdef-0123-456789abcdef"
ROUTES = ("txt to pdf", "docx to pdf", "docx to jpg", "docx to compare", "pdf to merge", "any to zip", "web to pdf")


def run(scenario: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(30):
            await scenario

    asyncio.run(limited())


async def until(condition: Callable[[], object]) -> None:
    """Let the server, which runs on the same loop, go on until something is so."""
    while True:
        if condition():
            return
        await asyncio.sleep(0)


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeEngines:
    """The result holds the sources one after another; a first source that begins with `raise` fails."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.requests: list[Request] = []
        self.cancelled = 0

    def available_pairs(self) -> Mapping[tuple[str, str], Pair]:
        routes = [route.split(" to ") for route in ROUTES]
        extensions = {"docx": ("docx", "doc")}
        return {(a, b): Pair(a, b, extensions.get(a, (a,)), "fake", "none", ()) for a, b in routes}

    async def convert(self, request: Request, folder: Path) -> list[Result]:
        self.requests.append(request)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        contents = [source.path.read_bytes() for source in request.sources]
        _raise_as_told(contents[0])
        return [_written(folder, *pair) for pair in _outputs(request, contents)]


def _raise_as_told(content: bytes) -> None:
    match content.decode("latin-1").split():
        case ["raise", "parameter"]:
            raise ParameterError("PageRange", "The value is not valid.")
        case ["raise", "pair"]:
            raise UnsupportedPairError("a", "b", "Install the other engine.")
        case ["raise", "bug"]:
            raise RuntimeError("an engine's bug with a secret path /srv/x")
        case ["raise", code]:
            raise ConversionError(int(code), "As told.")


def _outputs(request: Request, contents: list[bytes]) -> list[tuple[str, bytes]]:
    stem = Path(request.sources[0].name).stem
    match request.target_format:
        case "zip":
            names = [source.name for source in request.sources]
            return [(f"{stem}.zip", _zipped(dict(zip(names, contents, strict=True))))]
        case "jpg":
            return [(f"{stem}{number}.jpg", contents[0]) for number in ("", "-2", "-3")]
        case "compare":
            return [(f"{stem}.docx", b"".join(contents))]
        case _:
            return [(f"{stem}.pdf", b"".join(contents))]


def _zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _written(folder: Path, name: str, content: bytes) -> Result:
    path = folder / str(len(list(folder.iterdir())))
    path.write_bytes(content)
    return Result(path, name)


@dataclass(frozen=True)
class LocalServer:
    url: str
    engines: FakeEngines
    clock: FakeClock
    context: Context
    http: aiohttp.ClientSession

    async def upload(self, content: bytes = b"hello", name: str = "test.txt", file_id: str = "") -> str:
        params = {"filename": name} | ({"fileId": file_id} if file_id else {})
        async with self.http.post("/upload", params=params, data=io.BytesIO(content)) as response:
            assert response.status == 200
            return str((await response.json())["FileId"])

    async def send(self, path: str, fields: Any = None, **options: Any) -> tuple[int, Any]:
        """An authorized POST; the status and the parsed JSON answer."""
        options.setdefault("headers", BEARER)
        async with self.http.post(path, data=fields, **options) as response:
            return response.status, await response.json()

    async def get(self, path: str, **options: Any) -> tuple[int, bytes]:
        async with self.http.get(path, **options) as response:
            return response.status, await response.read()

    async def delete(self, path: str, **options: Any) -> int:
        async with self.http.delete(path, **options) as response:
            return response.status

    async def bills(self) -> list[dict[str, Any]]:
        async with self.http.get("/local/bills", headers=BEARER) as response:
            return list(await response.json())

    async def finished(self, job_id: str) -> tuple[int, Any]:
        """Poll as the current dialect does until the job has ended."""
        while True:
            async with self.http.get(f"/async/job/{job_id}") as response:
                if response.status != 202:
                    return response.status, await response.json()

    async def emptied(self) -> None:
        """Wait until no file is stored, for the server cleans up after it has answered."""
        await until(lambda: not self.stored_files() and self.context.files.used == 0)

    def stored_files(self) -> list[Path]:
        return list((self.context.settings.folder / "files").iterdir())

    def work_folders(self) -> list[Path]:
        return list((self.context.settings.folder / "work").iterdir())


@asynccontextmanager
async def local_server(folder: Path, **settings: Any) -> AsyncIterator[LocalServer]:
    engines, clock = FakeEngines(), FakeClock()
    app = create_app(Settings(folder=folder, secret=SECRET, **settings), engines, clock)
    with listening_socket("127.0.0.1", 0) as listener:
        async with serving(app, listener) as url, aiohttp.ClientSession(url) as http:
            yield LocalServer(url, engines, clock, app[CONTEXT], http)
