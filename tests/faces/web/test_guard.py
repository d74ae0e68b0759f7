"""Who may see and do what, whatever another site, a proxy or a neighbour sends."""

import re
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.engine.world import World
from tests.faces.web.office import BEARER, TOKEN, Office, form_of, sign_in, text_of
from watchconvert.adapters.wishes import Wish, read_wishes

READ = ("/", "/status.json", "/metrics")
ANY = (*READ, "/healthz", "/login", "/static/page.css", "/static/page.js", "/static/icon.svg", "/nowhere")


def wishes(office: Office) -> list[tuple[str, str]]:
    return [(wish.verb, *wish.jobs) for _, wish in read_wishes(office.config.daemon.journal)]


def office_with(world: World, **web: Any) -> Office:
    office = Office(world, **web)
    office.begin()
    return office


@pytest.fixture
def office(office: Office) -> Office:
    office.begin()
    return office


@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize("address", ANY)
def test_every_answer_says_what_a_browser_may_do_with_it(office: Office, token: str, address: str) -> None:
    answer = office.client(token).get(address)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Server" not in answer.headers
    answer.close()
    if address.startswith("/static"):
        assert answer.headers["Cache-Control"].endswith("max-age=3600")
    else:
        assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_on_the_page_needs_what_the_policy_forbids(office: Office) -> None:
    office.fail()
    office.begin_converting()
    page = office.client(TOKEN).get("/", headers=BEARER).get_data(as_text=True)
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:|https?://", page)
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) == [""]


def test_without_a_token_everybody_here_may_look_and_nobody_may_act(office: Office) -> None:
    job, client = office.fail(), office.client()
    for address in READ:
        assert client.get(address).status_code == 200
    assert "<form" not in client.get("/").get_data(as_text=True)
    for address in ("/cancel", "/retry", "/logout"):
        assert client.post(address, data={"job": job.id[:12]}).status_code == 403
    assert client.get("/login").status_code == 404
    assert client.post("/login", data={"token": ""}).status_code == 404
    assert client.get("/", headers={"Authorization": "Bearer "}).status_code == 200
    assert wishes(office) == []


def test_with_a_token_nothing_is_seen_without_it(office: Office) -> None:
    office.convert("confidential.docx")
    client = office.client(TOKEN)
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "login")
    for address in READ[1:]:
        answer = client.get(address)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "confidential" not in answer.get_data(as_text=True)
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "given", ["Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer", TOKEN, "Bearer \xe9"]
)
def test_what_is_not_the_token_is_not_the_token(office: Office, given: str) -> None:
    assert office.client(TOKEN).get("/metrics", headers={"Authorization": given}).status_code == 401


def test_a_program_shows_the_token_in_a_header(office: Office) -> None:
    job, client = office.fail(), office.client(TOKEN)
    assert client.get("/metrics", headers=BEARER).status_code == 200
    assert client.post("/retry", data={"job": job.id[:12]}, headers=BEARER).headers["Location"] == "./?said=retry"
    assert wishes(office) == [("retry", job.id)]


def test_a_browser_signs_in_acts_and_signs_out(office: Office) -> None:
    failed, running = office.fail(), office.begin_converting()
    client = office.client(TOKEN)
    page = sign_in(client)
    answer = client.post("/retry", data=form_of(page, "retry"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "./?said=retry")
    assert "The file will be moved back into the inbox." in text_of(client.get("/?said=retry"))
    assert client.post("/cancel", data=form_of(page, "cancel")).headers["Location"] == "./?said=cancel"
    assert sorted(wishes(office)) == [("cancel", running.id), ("retry", failed.id)]
    assert client.post("/logout", data=form_of(page, "logout")).status_code == 303
    assert client.get("/").status_code == 303


def test_a_browser_pauses_a_route_or_all_and_resumes_them(office: Office) -> None:
    client = office.client(TOKEN)
    page = sign_in(client)
    assert page.count('aria-label="Pause: ') == 2
    answer = client.post("/pause", data=form_of(page, "pause"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "./?said=pause")
    office.world.granter.round()
    office.world.clock.pass_by(2.0)
    office.tell()
    page = client.get("/").get_data(as_text=True)
    assert "Work is paused; no file fails by it a person on the page has paused route to-pdf." in text_of(page)
    assert '<span class="state warning">paused</span>' in page
    all_routes = form_of(page, "pause")
    assert all_routes["route"] == ""
    assert client.post("/pause", data=all_routes).status_code == 303
    assert client.post("/resume", data=form_of(page, "resume")).status_code == 303
    (pause,), (resume,) = wishes_of(office, "pause"), wishes_of(office, "resume")
    assert (pause.routes, resume.routes) == ((), ("to-pdf",))
    office.world.granter.round()
    assert [hold.name for hold in office.world.holds.standing()] == [""]


def wishes_of(office: Office, verb: str) -> list[Wish]:
    return [wish for _, wish in read_wishes(office.config.daemon.journal) if wish.verb == verb]


def test_nobody_else_pauses_anything(office: Office) -> None:
    for address in ("/pause", "/resume"):
        assert office.client().post(address, data={"route": ""}).status_code == 403
        assert office.client(TOKEN).post(address, data={"route": ""}).status_code == 403
        client = office.client(TOKEN)
        fields = form_of(sign_in(client), "pause")
        assert client.post(address, data=fields | {"csrf": "forged"}).status_code == 403
        assert client.post(address, data=fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert client.post(address, data=fields | {"route": "nowhere"}).status_code == 400
    assert wishes(office) == []


def cookie_of(client: FlaskClient, **more: str) -> Any:
    answer = client.post("/login", data={"token": TOKEN}, headers=more)
    return SimpleCookie(answer.headers["Set-Cookie"])["watchconvert"]


def test_the_cookie_stays_with_the_page(office: Office) -> None:
    cookie = cookie_of(office.client(TOKEN))
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert not cookie["domain"]
    assert cookie["expires"]
    assert not cookie["secure"], "it came by plain http"
    assert cookie_of(office.client(TOKEN), **{"X-Forwarded-Proto": "https"})["secure"]
    assert TOKEN not in cookie.value


def test_a_session_ends_with_its_time_and_with_its_token_but_not_with_the_process(office: Office) -> None:
    client = office.client(TOKEN)
    value = cookie_of(client).value
    for token, status in ((TOKEN, 200), ("another-token-of-16", 303)):
        other = office.client(token)
        other.set_cookie("watchconvert", value, domain="localhost")
        assert other.get("/").status_code == status
    office.world.clock.pass_by(12 * 3600 + 1)
    assert client.get("/").status_code == 303


def test_a_cookie_that_somebody_made_is_worth_nothing(office: Office) -> None:
    client = office.client(TOKEN)
    for value in ("eyJ1bnRpbCI6OWUxNX0.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb", "x", ""):
        client.set_cookie("watchconvert", value, domain="localhost")
        assert client.get("/").status_code == 303


@pytest.mark.parametrize("csrf", [None, "", "wrong", "é"])
def test_a_form_of_another_site_is_refused(office: Office, csrf: str | None) -> None:
    job, client = office.fail(), office.client(TOKEN)
    sign_in(client)
    data = {"job": job.id[:12]} | ({} if csrf is None else {"csrf": csrf})
    for address in ("/retry", "/cancel", "/logout"):
        assert client.post(address, data=data).status_code == 403
    assert client.get("/").status_code == 200
    assert wishes(office) == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_browser_says_comes_from_another_site_is_refused(office: Office, site: str) -> None:
    client = office.client(TOKEN)
    office.fail()
    page = sign_in(client)
    assert client.post("/retry", data=form_of(page, "retry"), headers={"Sec-Fetch-Site": site}).status_code == 403
    assert client.post("/login", data={"token": TOKEN}, headers={"Sec-Fetch-Site": site}).status_code == 403
    assert wishes(office) == []


def test_nothing_is_done_by_merely_looking(office: Office) -> None:
    job, client = office.fail(), office.client(TOKEN)
    sign_in(client)
    for address in ("/retry", "/cancel", "/logout"):
        assert client.get(address, query_string={"job": job.id[:12]}).status_code == 405
    assert wishes(office) == []


@pytest.mark.parametrize("reference", ["", "x" * 12, "%" * 12, "0" * 11, "0" * 13, "../../../../", "ABCDEFABCDEF"])
def test_what_cannot_name_a_job_is_refused(office: Office, reference: str) -> None:
    answer = office.client(TOKEN).post("/retry", data={"job": reference}, headers=BEARER)
    assert answer.status_code == 400


def test_what_has_gone_on_meanwhile_is_not_asked_for(office: Office) -> None:
    (done,) = office.convert("letter.docx")
    client = office.client(TOKEN)
    for verb, reference in (("retry", done.id[:12]), ("cancel", done.id[:12]), ("retry", "0" * 12)):
        answer = client.post(f"/{verb}", data={"job": reference}, headers=BEARER)
        assert answer.headers["Location"] == "./?said=gone"
    assert wishes(office) == []


def test_a_wish_while_the_daemon_is_down_waits_for_it(office: Office) -> None:
    job = office.fail()
    office.world.stop()
    answer = office.client(TOKEN).post("/retry", data={"job": job.id[:12]}, headers=BEARER)
    assert answer.headers["Location"] == "./?said=later"
    assert wishes(office) == [("retry", job.id)]


def test_the_page_says_nothing_that_an_address_puts_into_its_mouth(office: Office) -> None:
    page = office.client().get("/?said=<b>Pay+here</b>").get_data(as_text=True)
    assert "Pay" not in page
    assert 'class="said"' not in page


HOSTS = [
    "127.0.0.1:8410",
    "localhost",
    "LOCALHOST:1",
    "[::1]:8410",
    "127.9.9.9",
    "files.example.org",
    "Files.Example.Org:443",
]
STRANGERS = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example:8410",
    "files.example.org.evil",
    "",
    "[::2]",
]


@pytest.mark.parametrize("host", HOSTS)
def test_the_page_is_known_by_these_names(tmp_path: Path, host: str) -> None:
    world = World(tmp_path)
    client = office_with(world, hosts=("files.example.org",)).client()
    assert client.get("/", headers={"Host": host}).status_code == 200
    world.stop()


@pytest.mark.parametrize("host", STRANGERS)
def test_a_name_that_leads_here_from_elsewhere_is_refused(tmp_path: Path, host: str) -> None:
    world = World(tmp_path)
    office = office_with(world, hosts=("files.example.org",))
    client = office.client(TOKEN)
    for address in (*READ, "/login", "/static/page.js"):
        assert client.get(address, headers={"Host": host} | BEARER).status_code == 421, address
    assert client.post("/login", data={"token": TOKEN}, headers={"Host": host}).status_code == 421
    assert client.get("/healthz", headers={"Host": host}).status_code == 200, "a probe asks by whatever name"
    world.stop()


@pytest.mark.parametrize(
    ("listen", "host", "status"),
    [
        ("192.168.1.2:8410", "192.168.1.2:8410", 200),
        ("0.0.0.0:8410", "0.0.0.0:8410", 421),
        ("[::]:8410", "[::]:8410", 421),
        ("files.lan:8410", "files.lan", 200),
        ("unix:/run/watchconvert/web.sock", "localhost", 200),
        ("unix:/run/watchconvert/web.sock", "files.lan", 421),
    ],
)
def test_the_address_that_it_listens_at_is_its_name(tmp_path: Path, listen: str, host: str, status: int) -> None:
    world = World(tmp_path)
    assert office_with(world, listen=listen).client().get("/", headers={"Host": host}).status_code == status
    world.stop()


@pytest.mark.parametrize(
    ("token", "user", "peer", "status"),
    [
        ("", "anna", "127.0.0.1", 200),
        ("", "anna", "::1", 200),
        ("", "anna", "localhost", 200),  # what waitress says of a unix socket
        ("", "anna", "192.168.1.7", 403),
        ("", "", "127.0.0.1", 403),
        (TOKEN, "anna", "127.0.0.1", 200),
        (TOKEN, "anna", "192.168.1.7", 401),
        (TOKEN, "", "127.0.0.1", 401),
    ],
)
def test_a_proxy_on_this_machine_names_who_may_look(
    tmp_path: Path, token: str, user: str, peer: str, status: int
) -> None:
    world = World(tmp_path)
    office = office_with(world, user_header="X-Remote-User")
    job, client = office.fail(), office.client(token)
    who = {"X-Remote-User": user} if user else {}
    at = {"REMOTE_ADDR": peer}
    assert client.get("/status.json", headers=who, environ_base=at).status_code == status
    assert client.post("/retry", data={"job": job.id[:12]}, headers=who, environ_base=at).status_code == 403
    assert wishes(office) == []
    world.stop()


def test_after_ten_wrong_tokens_none_is_looked_at_for_a_minute(office: Office) -> None:
    client = office.client(TOKEN)
    for _ in range(10):
        answer = client.post("/login", data={"token": "guess"})
        assert answer.status_code == 403
        assert "That is not the token." in text_of(answer)
    assert client.post("/login", data={"token": TOKEN}).status_code == 429
    assert client.get("/metrics", headers=BEARER).status_code == 429
    office.world.clock.pass_by(61)
    assert client.get("/metrics", headers=BEARER).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/guard.py",
        "/static//etc/passwd",
        "/templates/base.html",
    ],
)
def test_no_address_leads_to_another_file(office: Office, address: str) -> None:
    assert office.client().get(address).status_code in (404, 405)


def test_a_form_that_is_too_large_is_refused(office: Office) -> None:
    answer = office.client(TOKEN).post("/login", data={"token": "x" * 100_000})
    assert answer.status_code == 413
    fields = {f"f{number}": "x" for number in range(20)}
    answer = office.client(TOKEN).post("/login", data=fields, content_type="multipart/form-data")
    assert answer.status_code == 413


def test_a_bug_of_the_page_tells_nothing_of_its_inside(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    app = office.app()
    monkeypatch.setattr(app.extensions["collector"], "look", lambda: 1 / 0)
    answer = app.test_client().get("/", headers={"Host": "localhost", "Accept": "text/html"})
    assert answer.status_code == 500
    assert "division" not in answer.get_data(as_text=True)
    assert "The daemon goes on" in text_of(answer)
    assert answer.headers["Content-Security-Policy"]


def test_a_refusal_is_a_page_for_people_and_a_line_for_programs(office: Office) -> None:
    client = office.client(TOKEN)
    assert client.get("/nowhere").get_data(as_text=True) == "There is no such page.\n"
    assert "<h2>404</h2>" in client.get("/nowhere", headers={"Accept": "text/html"}).get_data(as_text=True)
