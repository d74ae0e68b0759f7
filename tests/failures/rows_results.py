"""Results that are wrong, hostile, too many, too few, too short or too long."""

from collections.abc import Callable, Iterator

from tests.engine.fakes import result_of
from tests.failures.row import Family, Row
from tests.failures.scene import SOURCE, Scene
from watchconvert.adapters.convertapi.results import FetchError
from watchconvert.core.answers import Converted, Unavailable
from watchconvert.core.job import Job, Part


def served(*blocks: bytes, times: int = 2, lies: str = "archive") -> Callable[[Scene], None]:
    """What comes instead of the result, so many times."""

    def scenario(scene: Scene) -> None:
        real, left = scene.service.fetch, [blocks] * times

        def fetch(job: Job, part: Part) -> Iterator[bytes]:
            return iter(left.pop()) if left else real(job, part)

        scene.service.fetch = fetch  # type: ignore[method-assign]
        scene.put()
        scene.end(lies)
        assert left == []

    return scenario


def several(*labels: str, names: set[str]) -> Callable[[Scene], None]:
    """Several results under names that the service chose."""

    def scenario(scene: Scene) -> None:
        scene.service.outputs = len(labels)
        real = scene.service._result

        def named(remote_id: str) -> object:
            answer = real(remote_id)
            assert isinstance(answer, Converted)
            parts = tuple(Part(part.url, part.size, label) for part, label in zip(answer.parts, labels, strict=True))
            return Converted(parts, answer.cost)

        scene.service._result = named  # type: ignore[method-assign,assignment]
        scene.put()
        scene.end()
        assert scene.seen("outbox").keys() == names

    return scenario


def third_is_missing(scene: Scene) -> None:
    """Of three results the third does not come for a while."""
    scene.service.outputs = 3
    real = scene.service.fetch

    def fetch(job: Job, part: Part) -> Iterator[bytes]:
        if part.url.endswith("/2") and scene.clock.steady() < until:
            raise FetchError(Unavailable("not yet"))
        return real(job, part)

    until = scene.clock.steady() + 100
    scene.service.fetch = fetch  # type: ignore[method-assign]
    scene.put()
    scene.live(80)
    assert scene.seen("outbox") == {}
    scene.end()
    assert len(scene.seen("outbox")) == 3


_BODY = result_of(SOURCE)
_LENGTH = len(_BODY)
WRONG = Family(
    "wrong",
    "The service's list of results is wrong or hostile",
    (
        Row(
            "no results, or more than 10,000",
            "converting",
            "it is not understood, and asked about again; nothing is fetched",
            shown_by=("test_what_is_not_understood_is_a_doubt_after_a_submit_and_asked_again_after_a_poll",),
        ),
        Row(
            "two results of one name",
            "converting",
            "each gets a name of its own",
            several("document.pdf", "document.pdf", names={"letter.pdf", "letter-2.pdf"}),
        ),
        Row(
            "names that are paths",
            "converting",
            "nothing that the service says becomes a path",
            several(
                "../../x.pdf", "/etc/cron.d/x.pdf", "a\0b.pdf", names={"letter-1.pdf", "letter-2.pdf", "letter-3.pdf"}
            ),
            shown_by=("test_outputs_have_safe_names_of_their_own",),
        ),
        Row(
            "endings that are none",
            "converting",
            "the ending of the route is used",
            several("document.p/df", "document" + "x" * 300, names={"letter.pdf", "letter-2.pdf"}),
        ),
        Row(
            "an address on another host, or none that every reader takes apart alike",
            "converting",
            "it is not even asked for",
            shown_by=("test_a_result_on_a_foreign_host_is_not_even_asked_for", "test_a_result_elsewhere_is_refused"),
        ),
        Row(
            "a redirect",
            "any",
            "it is not followed",
            shown_by=("test_no_redirect_is_followed", "test_nobody_is_led_elsewhere"),
        ),
        Row(
            "a size that is none",
            "converting",
            "it is not understood, and asked about again",
            shown_by=("test_what_is_not_understood_is_a_doubt_after_a_submit_and_asked_again_after_a_poll",),
        ),
        Row(
            "an answer of more than 32 MiB, or nested without end",
            "converting",
            "it is not read to its end",
            shown_by=("test_a_huge_answer_is_not_read_to_its_end",),
        ),
        Row(
            "a page where a document should be, once or twice",
            "fetched",
            "it is fetched again; the page is never shown",
            served(b"<html>" + b"x" * (_LENGTH - 6)),
        ),
        Row(
            "a page where a document should be, again and again",
            "fetched",
            "the file is given back",
            served(b"<html>" + b"x" * (_LENGTH - 6), times=5, lies="error"),
            shown_by=("test_a_page_instead_of_a_document_is_never_shown",),
        ),
        Row("an empty result", "fetched", "it is fetched again", served(b"")),
        Row(
            "one of several results is missing",
            "published",
            "nothing is published before all are whole",
            third_is_missing,
        ),
        Row(
            "the service quotes the secret or ids in its words",
            "any",
            "they stand nowhere",
            shown_by=("test_the_secret_is_found_nowhere_and_ids_only_where_they_belong",),
        ),
    ),
)

LENGTH = Family(
    "length",
    "A result comes too short or too long",
    (
        Row(
            "too short",
            "fetched",
            "it is thrown away and fetched again",
            served(_BODY[:-1]),
            shown_by=("test_a_result_of_the_wrong_length_is_never_shown",),
        ),
        Row(
            "too long",
            "fetched",
            "no more than one byte too many is read; it is thrown away and fetched again",
            served(_BODY, b"x"),
            shown_by=("test_an_endless_part_is_not_read_to_its_end",),
        ),
        Row(
            "without its length, and the service did not tell it either",
            "fetched",
            "nobody could tell whether it is whole, so it is refused",
            shown_by=("test_a_result_that_is_not_whole_is_fetched_again",),
        ),
        Row(
            "compressed, which was not asked for",
            "fetched",
            "it is refused: a few bytes could unpack to more than the disk holds",
            shown_by=("test_a_result_that_came_compressed_is_refused_even_if_it_could_be_read",),
        ),
        Row(
            "too short or too long, again and again",
            "fetched",
            "it is fetched again with growing pauses, and never shown",
            served(_BODY[:-1], times=8),
        ),
        Row(
            "any of these",
            "published",
            "cannot be: what is `fetched` is whole",
            shown_by=("test_a_part_of_another_length_leaves_nothing",),
        ),
    ),
)
