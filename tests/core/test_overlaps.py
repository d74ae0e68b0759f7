"""Folders that would make files go round in circles, or be taken twice."""

import pytest

from watchconvert.core.overlaps import find_overlaps, is_inside
from watchconvert.core.settings import Route

FOLDERS = ("inbox", "outbox", "error", "archive")


def route(name: str, **folders: str) -> Route:
    places = {folder: f"/srv/{name}/{folder}" for folder in FOLDERS} | folders
    return Route(name=name, to="pdf", **places)


def keys_of(*routes: Route) -> list[str]:
    return [key for key, _, _ in find_overlaps(routes)]


@pytest.mark.parametrize(
    ("path", "folder", "inside"),
    [
        ("/a", "/a", True),
        ("/a/b/c", "/a", True),
        ("/ab", "/a", False),
        ("/a", "/a/b", False),
        ("/a", "/", True),
        ("/", "/", True),
        ("", "/a", False),
        ("/a", "", False),
    ],
)
def test_inside_means_at_or_below(path: str, folder: str, inside: bool) -> None:
    assert is_inside(path, folder) is inside


def test_routes_beside_each_other_are_fine_and_may_share_what_is_not_an_inbox() -> None:
    shared = {"outbox": "/srv/out", "error": "/srv/error", "archive": "/srv/archive"}
    assert keys_of(route("a", **shared), route("b", **shared), route("ab")) == []


@pytest.mark.parametrize("folder", FOLDERS[1:])
@pytest.mark.parametrize("place", ["/srv/a/inbox", "/srv/a/inbox/deep/down"])
def test_a_route_does_not_feed_itself(folder: str, place: str) -> None:
    ((key, wrong, remedy),) = find_overlaps((route("a", **{folder: place}),))
    assert key == f"[[route]] 'a' {folder}"
    assert "feed itself" in wrong
    assert remedy == "Put it beside the inbox."


def test_an_inbox_may_lie_inside_the_outbox() -> None:
    assert keys_of(route("a", outbox="/srv/a")) == []


@pytest.mark.parametrize(("one", "other"), [("outbox", "error"), ("outbox", "archive"), ("error", "archive")])
def test_each_folder_of_a_route_is_its_own(one: str, other: str) -> None:
    assert keys_of(route("a", **{one: "/srv/x", other: "/srv/x"})) == [f"[[route]] 'a' {other}"]


@pytest.mark.parametrize("place", ["/srv/a/inbox", "/srv/a/inbox/b", "/srv/a"])
def test_inboxes_do_not_overlap(place: str) -> None:
    key, wrong, _ = next(iter(find_overlaps((route("a"), route("b", inbox=place)))))
    assert key == "[[route]] 'b' inbox"
    assert "taken by either" in wrong


@pytest.mark.parametrize("folder", ["error", "archive"])
@pytest.mark.parametrize("order", [1, -1])
def test_what_one_route_puts_away_is_not_taken_by_another(folder: str, order: int) -> None:
    routes = (route("a"), route("b", **{folder: "/srv/a/inbox/b"}))[::order]
    assert keys_of(*routes) == [f"[[route]] 'b' {folder}"]


def test_an_outbox_may_be_the_next_routes_inbox() -> None:
    assert keys_of(route("a", outbox="/srv/b/inbox"), route("b")) == []


@pytest.mark.parametrize("names", ["ab", "abc", "abcd"])
def test_outboxes_that_feed_each_other_in_a_loop_are_told_once(names: str) -> None:
    following = dict(zip(names, names[1:] + names[0], strict=True))
    routes = [route(name, outbox=f"/srv/{following[name]}/inbox") for name in names]
    ((key, wrong, _),) = find_overlaps((route("x", outbox="/srv/a/inbox"), *routes))
    assert key == "[[route]] 'a' outbox"
    assert wrong == f"files would go round for ever: {' -> '.join(names)} -> a"


def test_a_chain_that_branches_is_no_loop() -> None:
    routes = (route("a", outbox="/srv/c/inbox"), route("b", outbox="/srv/c/inbox"), route("c", outbox="/srv/d/inbox"))
    assert keys_of(*routes, route("d")) == []


def test_folders_that_are_missing_overlap_nothing() -> None:
    empty = dict.fromkeys(FOLDERS, "")
    assert keys_of(route("a", **empty), route("b", **empty)) == []
