"""A stand-in for the ConvertAPI service that costs next to nothing, so that a measurement measures the daemon alone.

It speaks what the daemon asks of the service (docs/contract.md) and converts nothing: a result has the bytes of its
upload. Bodies lie in a folder in memory, as files; `GET /stats` counts what was asked, above all conversions billed
twice under one JobId. `python bench/standin.py --port 0` prints `listening on http://127.0.0.1:PORT`.
"""

import argparse
import asyncio
import json
import os
import signal
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from urllib.parse import quote, unquote
from uuid import uuid4

from aiohttp import hdrs, web

SMALL = 256 * 1024
PIECE = 1024 * 1024
Parameters = dict[str, str]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True, frozen=True)
class Stored:
    """One stored file; `size` in bytes."""

    file_id: str
    name: str
    size: int


@dataclass(slots=True, frozen=True)
class Job:
    """One conversion: its reply, and the time of the event loop from which it is to be had."""

    due: float
    reply: bytes


@dataclass(slots=True)
class Counts:
    """What was asked since the start; `duplicate_bills` are conversions beyond the first under one JobId."""

    uploads: int = 0
    converts: int = 0
    downloads: int = 0
    deletes: int = 0
    polls: int = 0
    bills: int = 0
    duplicate_bills: int = 0


class RefusalError(Exception):
    """An answer that is not a success: the HTTP status, the code and the message of docs/contract.md."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def reply_json(body: object, status: int = 200) -> web.Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return web.Response(body=data, status=status, content_type="application/json")


def disposed_name(header: str) -> str:
    """Return the file name in a Content-Disposition header, the form of RFC 5987 before the plain one."""
    fields = dict(part.strip().partition("=")[::2] for part in header.split(";")[1:])
    if extended := fields.get("filename*"):
        return unquote(extended.split("''", 1)[-1])
    return fields.get("filename", "").strip('"')


def flatten_json(body: Mapping[str, object]) -> Parameters:
    """Return the parameters of the JSON form, in which a file is `{"FileValue": {"Id": …}}`."""
    entries = body.get("Parameters")
    if not isinstance(entries, list):
        raise RefusalError(400, 4000, "Parameter validation error.")
    values = ((entry["Name"], entry.get("FileValue", {}).get("Id") or entry.get("Value", "")) for entry in entries)
    return {name.lower(): str(value) for name, value in values}


async def read_parameters(request: web.Request) -> Parameters:
    """Return the parameters of query and body, their names in lower case."""
    found = {name.lower(): value for name, value in request.query.items()}
    if request.content_type == "application/json":
        return found | flatten_json(await request.json())
    form = await request.post()
    return found | {name.lower(): value for name, value in form.items() if isinstance(value, str)}


class Standin:
    """The service: stored files in `folder`, conversions that take `latency` seconds."""

    def __init__(self, folder: Path, latency: float) -> None:
        self.folder, self.latency = folder, latency
        self.files: dict[str, Stored] = {}
        self.jobs: dict[str, Job] = {}
        self.billed: Counter[str] = Counter()
        self.counts = Counts()

    def find_file(self, file_id: str) -> Stored:
        """Return the stored file; RefusalError 404 when there is none."""
        if stored := self.files.get(file_id):
            return stored
        raise RefusalError(404, 404, "File not found.")

    def describe(self, stored: Stored, request: web.Request) -> dict[str, object]:
        """Return the description of `stored` that uploads and conversions answer with."""
        return {
            "FileName": stored.name,
            "FileExt": PurePath(stored.name).suffix[1:],
            "FileSize": stored.size,
            "FileId": stored.file_id,
            "Url": f"http://{request.host}/d/{stored.file_id}/{quote(stored.name)}",
        }

    async def upload(self, request: web.Request) -> web.Response:
        """Store the raw body under the `fileId` of the query, or one of its own."""
        name = request.query.get("filename") or disposed_name(request.headers.get(hdrs.CONTENT_DISPOSITION, ""))
        file_id = request.query.get("fileId") or uuid4().hex
        if not name or not file_id.isalnum():
            raise RefusalError(400, 4001, "File name or file id is missing or invalid.")
        path = self.folder / file_id
        path.unlink(missing_ok=True)  # results share the bytes of the former upload
        size = 0
        with path.open("xb", buffering=0) as target:
            async for piece in request.content.iter_chunked(PIECE):
                size += target.write(piece)
        self.files[file_id] = stored = Stored(file_id, PurePath(name).name, size)
        self.counts.uploads += 1
        return reply_json(self.describe(stored, request))

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Send a stored file, or its headers alone to a HEAD."""
        stored = self.find_file(request.match_info["id"])
        disposition = f"attachment; filename*=UTF-8''{quote(stored.name)}"
        headers = {hdrs.CONTENT_DISPOSITION: disposition, "file-size": str(stored.size)}
        path = self.folder / stored.file_id
        if request.method == hdrs.METH_GET:
            self.counts.downloads += 1
        if stored.size > SMALL:
            return web.FileResponse(path, headers=headers)
        return web.Response(body=path.read_bytes(), content_type="application/octet-stream", headers=headers)

    async def delete_file(self, request: web.Request) -> web.Response:
        """Forget a stored file."""
        stored = self.find_file(request.match_info["id"])
        del self.files[stored.file_id]
        (self.folder / stored.file_id).unlink()
        self.counts.deletes += 1
        return web.Response()

    def make_result(self, source: Stored, target: str) -> Stored:
        """Return the result of a conversion: a second name of the same bytes."""
        result = Stored(uuid4().hex, f"{PurePath(source.name).stem}.{target}", source.size)
        os.link(self.folder / source.file_id, self.folder / result.file_id)
        self.files[result.file_id] = result
        return result

    async def start_job(self, request: web.Request) -> tuple[str, Job]:
        """Convert and bill, and return the job, due after the latency. Credentials are looked at before parameters."""
        if not request.headers.get(hdrs.AUTHORIZATION, "").startswith("Bearer "):
            raise RefusalError(401, 4013, "Unable to authorize: give any Bearer token.")
        parameters = await read_parameters(request)
        file_id = parameters.get("file") or parameters.get("files[0]")
        if not file_id:
            raise RefusalError(400, 4000, "Parameter validation error.")
        if file_id not in self.files:
            raise RefusalError(500, 5009, "Unable to access the file.")
        result = self.make_result(self.files[file_id], request.match_info["target"])
        reply = json.dumps({"ConversionCost": 1, "Files": [self.describe(result, request)]}).encode()
        job_id = parameters.get("jobid", "").replace("-", "") or uuid4().hex
        self.bill_job(job_id)
        self.jobs[job_id] = job = Job(asyncio.get_running_loop().time() + self.latency, reply)
        return job_id, job

    def bill_job(self, job_id: str) -> None:
        """Count one conversion, and whether its JobId has paid before."""
        self.billed[job_id] += 1
        self.counts.converts += 1
        self.counts.bills += 1
        self.counts.duplicate_bills += self.billed[job_id] > 1

    async def convert(self, request: web.Request) -> web.Response:
        """Convert while the client waits. The job can be asked for as well, as in the older dialect."""
        _, job = await self.start_job(request)
        if self.latency:
            await asyncio.sleep(self.latency)
        return reply_json(job.reply)

    async def convert_later(self, request: web.Request) -> web.Response:
        """Answer at once with the JobId."""
        job_id, _ = await self.start_job(request)
        return reply_json({"JobId": job_id})

    async def poll(self, request: web.Request) -> web.Response:
        """Answer 202 without a body until the job is due."""
        self.counts.polls += 1
        job = self.find_job(request)
        return reply_json(job.reply) if asyncio.get_running_loop().time() >= job.due else web.Response(status=202)

    def find_job(self, request: web.Request) -> Job:
        """Return the job named in the path; RefusalError 404 when there is none."""
        if job := self.jobs.get(request.match_info["id"].replace("-", "")):
            return job
        raise RefusalError(404, 404, "JobId is invalid or the response is expired.")

    async def delete_job(self, request: web.Request) -> web.Response:
        """Forget a job; what it was billed stays counted."""
        self.find_job(request)
        del self.jobs[request.match_info["id"].replace("-", "")]
        return web.Response()

    async def user(self, _request: web.Request) -> web.Response:
        """Answer as an account that never runs dry."""
        return reply_json({"Active": True, "ConversionsTotal": 10**9, "ConversionsConsumed": self.counts.bills})

    async def stats(self, _request: web.Request) -> web.Response:
        """Answer with the counts, and how many files are stored now."""
        return reply_json(asdict(self.counts) | {"stored": len(self.files)})

    def make_app(self) -> web.Application:
        """Return the application with every route."""
        app = web.Application(middlewares=[answer_refusals], client_max_size=PIECE)
        app.router.add_post("/upload", self.upload)
        for path in ("/d/{id}", "/d/{id}/{name}"):
            app.router.add_get(path, self.download)
            app.router.add_delete(path, self.delete_file)
        app.router.add_post("/convert/{source}/to/{target}", self.convert)
        app.router.add_post("/async/convert/{source}/to/{target}", self.convert_later)
        for path in ("/job/{id}", "/async/job/{id}"):
            app.router.add_get(path, self.poll, allow_head=False)
            app.router.add_delete(path, self.delete_job)
        app.router.add_get("/user", self.user)
        app.router.add_get("/stats", self.stats)
        return app


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except RefusalError as refusal:
        return reply_json({"Code": refusal.code, "Message": str(refusal)}, refusal.status)


async def serve(port: int, latency: float, folder: Path) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    runner = web.AppRunner(Standin(folder, latency).make_app(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that a conversion takes")
    given = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="standin-", dir=memory) as folder:
        asyncio.run(serve(given.port, given.latency, Path(folder)))


if __name__ == "__main__":
    main()
