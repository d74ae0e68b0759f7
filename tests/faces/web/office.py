"""A journal with files in many conditions, and the page that tells of it, without a network."""

import dataclasses
import html
import json
import re
from typing import Any

import structlog
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.engine.world import World
from watchconvert.core.budget import NO_LIMIT
from watchconvert.core.job import Job, Verdict
from watchconvert.core.settings import Config, Daemon, Service, Web
from watchconvert.core.states import State
from watchconvert.faces.web.app import make_app
from watchconvert.faces.web.child import Brief

TOKEN = "a-token-for-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
HOSTILE = (
    "<script src=x>alert(1).docx",
    '"><img src=x onerror=alert(1)>.docx',
    "{{ 7*7 }}{% raw %}.docx",
    "report\u202efdp.docx",
    "line\nbreak\x1b[31m.docx",
    "&amp;<b>.docx",
    'O\'Neill "Q1".docx',
)


class Office:
    """One world with its page."""

    def __init__(self, world: World, **web: Any) -> None:
        self.world = world
        self.web = Web(**{"listen": "127.0.0.1:8410"} | web)
        self.note: dict[str, Any] = {"pid": 1, "host": "here", "stuck": [], "beats": {}, "refused": [], "lanes": []}
        self.budget = NO_LIMIT
        self.log = structlog.wrap_logger(structlog.ReturnLogger())

    @property
    def config(self) -> Config:
        daemon = dataclasses.replace(Daemon(""), journal=str(self.world.root / "journal.db"))
        return Config(Service(budget=self.budget), daemon, self.world.routes, web=self.web)

    def app(self, token: str = "") -> Flask:
        app = make_app(Brief(self.config, token, "http://127.0.0.1:8410/"), self.log, self.world.clock)  # type: ignore[arg-type]
        app.testing = False  # errors are answered as they are in earnest
        return app

    def client(self, token: str = "") -> FlaskClient:
        client = self.app(token).test_client()
        client.environ_base["HTTP_HOST"] = "127.0.0.1:8410"
        return client

    def tell(self, **note: Any) -> None:
        """Write the status note as the daemon would."""
        self.note |= {"at": self.world.clock.now()} | note
        (self.world.root / "journal.db.status").write_text(json.dumps(self.note))

    def lane(self, **told: Any) -> dict[str, Any]:
        usual = {"route": "to-pdf", "waiting": 0, "files": [], "left": [], "polled": "", "offline": "", "offline_at": 0}
        return usual | told

    def begin(self) -> None:
        self.world.start()
        self.tell()

    def convert(self, *names: str) -> list[Job]:
        for name in names:
            self.world.drop(name, name.encode("utf-8", "surrogateescape"))
        self.world.run()
        self.tell()
        return self.world.jobs()

    def fail(self, name: str = "bad.docx", why: str = "It is protected.") -> Job:
        self.world.service.refuse = Verdict(why)
        self.world.drop(name)
        self.world.run()
        self.world.service.refuse = None
        self.tell()
        return next(job for job in self.world.jobs() if job.state is State.FAILED and job.name == name.encode())

    def begin_converting(self, name: str = "long.docx") -> Job:
        """Have a file stay with the service."""
        self.world.service.held = False
        self.world.service.lag = 1e9
        self.world.drop(name)
        for _ in range(4):
            self.world.round()
            self.world.clock.pass_by(1.0)
        self.tell()
        (job,) = (job for job in self.world.open_jobs() if job.name == name.encode())
        assert job.state is State.CONVERTING
        return job


def text_of(answer: TestResponse | str) -> str:
    """Return what a person reads, in one line."""
    page = answer if isinstance(answer, str) else answer.get_data(as_text=True)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<body>")[2])).split())


def form_of(page: str, action: str) -> dict[str, str]:
    """Return the fields of the first form with that action."""
    form = re.search(rf'<form method="post" action="{action}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form, f"there is no form for {action}"
    return {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[1])}


def sign_in(client: FlaskClient) -> str:
    """Show the token as a browser does; returns the page."""
    answer = client.post("/login", data={"token": TOKEN})
    assert (answer.status_code, answer.headers["Location"]) == (303, "./")
    page = client.get("/")
    assert page.status_code == 200
    return page.get_data(as_text=True)
