"""The pages and what they answer."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask, abort, redirect, render_template, request, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.exceptions import HTTPException

from watchconvert import __version__
from watchconvert.adapters.clock import Clock
from watchconvert.adapters.journal.database import JournalError
from watchconvert.adapters.journal.report import open_report
from watchconvert.adapters.wishes import Wish, make_wish
from watchconvert.core.job import Job
from watchconvert.faces.pause import wish_to_pause, wish_to_resume
from watchconvert.faces.web.child import Brief
from watchconvert.faces.web.collect import Collector
from watchconvert.faces.web.guard import (
    SESSION_LIFE,
    Guard,
    Visitor,
    check_origin,
    csrf_token,
    is_secure,
    mark,
)
from watchconvert.faces.web.numbers import make_registry, write_metrics
from watchconvert.faces.web.page import REFERENCE, STATIONS, build
from watchconvert.faces.wish import CANCEL, RETRY, Kind

_MOST_BODY = 8192
"""Bytes of a form; a token and a few words."""
_SAID = {
    "cancel": "The conversion will be cancelled, and the file laid into the error folder.",
    "retry": "The file will be moved back into the inbox.",
    "pause": "It will be paused in a moment: new files stay in the inbox, and what was bought comes out.",
    "resume": "It will go on in a moment.",
    "later": "The daemon does not run. It will be done when it starts.",
    "gone": "That is not possible any more: the file has gone on meanwhile.",
}
"""What the page says after something was done on it; the address can name one of these, and nothing else."""

_PERSON = "a person on the page"


def make_app(brief: Brief, log: Any, clock: Clock) -> Flask:
    """Return the page as a WSGI application."""
    app, site = Flask(__name__), _Site(brief, log, clock)
    app.session_interface = _Sessions()
    app.extensions["collector"] = site.collector
    app.config.update(
        SECRET_KEY=site.guard.session_key(),
        MAX_CONTENT_LENGTH=_MOST_BODY,
        MAX_FORM_MEMORY_SIZE=_MOST_BODY,
        MAX_FORM_PARTS=10,
        SESSION_COOKIE_NAME="watchconvert",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=SESSION_LIFE),
        SESSION_REFRESH_EACH_REQUEST=False,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
    )
    app.url_map.merge_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(site.check)
    app.after_request(mark)
    app.register_error_handler(HTTPException, _tell_refusal)
    app.register_error_handler(JournalError, _tell_journal_error)
    app.register_error_handler(Exception, site.tell_bug)
    app.add_url_rule("/", view_func=site.overview, endpoint="overview")
    app.add_url_rule("/login", view_func=site.login, endpoint="login", methods=["GET", "POST"])
    app.add_url_rule("/logout", view_func=site.logout, endpoint="logout", methods=["POST"])
    app.add_url_rule("/cancel", view_func=site.cancel, endpoint="cancel", methods=["POST"])
    app.add_url_rule("/retry", view_func=site.retry, endpoint="retry", methods=["POST"])
    app.add_url_rule("/pause", view_func=site.pause, endpoint="pause", methods=["POST"])
    app.add_url_rule("/resume", view_func=site.resume, endpoint="resume", methods=["POST"])
    app.add_url_rule("/status.json", view_func=site.status, endpoint="status")
    app.add_url_rule("/healthz", view_func=site.healthz, endpoint="healthz")
    app.add_url_rule("/metrics", view_func=site.metrics, endpoint="metrics")
    return app


class _Sessions(SecureCookieSessionInterface):
    """Sessions whose cookie is never sent over plain http once it came over https."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's signature
        return is_secure(request)


class _Site:
    """The answers."""

    def __init__(self, brief: Brief, log: Any, clock: Clock) -> None:
        self._config, self._log, self._clock = brief.config, log, clock
        self.guard = Guard(brief.config.web, brief.token, clock.now)
        self.collector = Collector(brief.config, clock)
        self._registry = make_registry(self.collector, __version__)

    def check(self) -> None:
        """Look a request over before anything is done for it."""
        if request.endpoint == "healthz":
            return
        self.guard.check_host(request)
        if request.method == "POST":
            check_origin(request, Visitor())

    def _reader(self) -> Visitor:
        """Return who asks, if they may see anything at all."""
        visitor = self.guard.identify(request)
        if not visitor.may_read:
            abort(401 if self.guard.has_token else 403)
        return visitor

    def _actor(self) -> Visitor:
        """Return who asks, if they may do something and ask it themselves."""
        visitor = self.guard.identify(request)
        if not visitor.may_act:
            abort(403)
        check_origin(request, visitor)
        return visitor

    def overview(self) -> ResponseReturnValue:
        """Show how it is."""
        visitor = self.guard.identify(request)
        if not visitor.may_read and self.guard.has_token:
            return redirect(_here("login"), 303)
        self._reader()
        return render_template(
            "overview.html",
            page=build(self._config, self.collector.look(), self.collector.flow),
            stations=STATIONS,
            visitor=visitor,
            csrf=csrf_token() if visitor.by_cookie else "",
            has_token=self.guard.has_token,
            said=_SAID.get(request.args.get("said", ""), ""),
            version=__version__,
        )

    def login(self) -> ResponseReturnValue:
        """Ask for the token, or take it."""
        if not self.guard.has_token:
            abort(404)
        if request.method == "GET":
            return render_template("login.html", wrong=False)
        if not self.guard.is_token(request.form.get("token", "").strip()):
            self._log.warning("web_denied", peer=request.remote_addr)
            return render_template("login.html", wrong=True), 403
        self.guard.begin_session()
        return redirect("./", 303)

    def logout(self) -> ResponseReturnValue:
        """Forget this browser."""
        self._actor()
        self.guard.end_session()
        return redirect(_here("login"), 303)

    def cancel(self) -> ResponseReturnValue:
        """Leave the wish that a job is cancelled."""
        return self._wish(CANCEL)

    def retry(self) -> ResponseReturnValue:
        """Leave the wish that a failed file goes back into its inbox."""
        return self._wish(RETRY)

    def _wish(self, kind: Kind) -> ResponseReturnValue:
        visitor = self._actor()
        job = self._find(request.form.get("job", ""))
        verb = kind.verb
        if job is None or not kind.suits(job.state):
            return redirect("./?said=gone", 303)
        make_wish(self._config.daemon.journal, Wish(verb, (job.id,), by=visitor.name))
        self._log.info("web_wish", verb=verb, job=job.id[:8], by=visitor.name)
        return redirect(f"./?said={verb if self.collector.look().running else 'later'}", 303)

    def pause(self) -> ResponseReturnValue:
        """Leave the wish that a route, or all, is paused."""
        return self._hold("pause", lambda route: wish_to_pause(route, _PERSON, "", 0.0))

    def resume(self) -> ResponseReturnValue:
        """Leave the wish that a route's pause, or every pause, ends."""
        return self._hold("resume", lambda route: wish_to_resume((route,) if route else (), _PERSON))

    def _hold(self, verb: str, make: Callable[[str], Wish]) -> ResponseReturnValue:
        visitor = self._actor()
        route = request.form.get("route", "")
        if route and route not in {each.name for each in self._config.routes}:
            abort(400)
        make_wish(self._config.daemon.journal, make(route))
        self._log.info("web_wish", verb=verb, route=route, by=visitor.name)
        return redirect(f"./?said={verb if self.collector.look().running else 'later'}", 303)

    def _find(self, reference: str) -> Job | None:
        """Return the one job that a form names."""
        if len(reference) != REFERENCE or set(reference) - set("0123456789abcdef"):
            abort(400)
        with open_report(self._config.daemon.journal) as report:
            found = report.find(reference)
        return found[0] if len(found) == 1 else None

    def status(self) -> ResponseReturnValue:
        """Tell for programs what the command line's `status --json` tells."""
        self._reader()
        return json.dumps(_without_ids(self.collector.status()), indent=2), {"Content-Type": "application/json"}

    def healthz(self) -> ResponseReturnValue:
        """Tell whether the daemon runs and all its loops come round."""
        ills = self.collector.look().ills
        return "\n".join(ills or ["ok"]) + "\n", 503 if ills else 200, {"Content-Type": "text/plain; charset=utf-8"}

    def metrics(self) -> ResponseReturnValue:
        """Tell the figures for Prometheus."""
        self._reader()
        return write_metrics(self._registry), {"Content-Type": CONTENT_TYPE_LATEST}

    def tell_bug(self, bug: Exception) -> ResponseReturnValue:
        """Say that something is wrong with the page itself; what is wrong goes to the log."""
        self._log.exception("web_bug", path=request.path, exc_info=bug)
        return _refusal(500, "Something is wrong with the page itself; the log says what. The daemon goes on.")


def _without_ids(value: Any) -> Any:
    """Return the status with the ids of jobs cut to what the page tells of them."""
    if isinstance(value, list):
        return [_without_ids(each) for each in value]
    if isinstance(value, dict):
        return {name: each[:REFERENCE] if name == "job" else _without_ids(each) for name, each in value.items()}
    return value


def _here(endpoint: str) -> str:
    """Return an address relative to the page, wherever a proxy has put it; all of them lie side by side."""
    return url_for(endpoint).removeprefix("/")


_REFUSALS = {
    400: "This could not be understood.",
    401: "This needs the token: Authorization: Bearer TOKEN, or the page /login.",
    403: "This is not allowed. Where the page has a token, sign in with it; a form that is old must be loaded anew.",
    404: "There is no such page.",
    405: "This cannot be asked for in this way.",
    413: "This is too large.",
    421: "The page is not known by this name. Add it to hosts in [web], or ask for it by the address it listens at.",
    429: "Too many wrong tokens. Try again in a minute.",
}


def _tell_refusal(refusal: HTTPException) -> ResponseReturnValue:
    code = refusal.code or 500
    if code < 400:
        return refusal.get_response()
    return _refusal(code, _REFUSALS.get(code, refusal.name))


def _tell_journal_error(fault: JournalError) -> ResponseReturnValue:
    return _refusal(503, f"The journal cannot be read: {fault}")


def _refusal(code: int, text: str) -> ResponseReturnValue:
    headers = {"WWW-Authenticate": "Bearer"} if code == 401 else {}
    if request.accept_mimetypes.best == "text/html":
        return render_template("refusal.html", code=code, text=text), code, headers
    return f"{text}\n", code, headers | {"Content-Type": "text/plain; charset=utf-8"}
