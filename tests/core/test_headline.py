"""The one line that the service manager shows."""

from watchconvert.core.headline import Standing, say_headline


def test_all_is_well() -> None:
    assert say_headline(Standing(routes=3, waiting=12, open=2)) == "3 routes, 12 waiting, 2 in work"


def test_what_matters_most_comes_first() -> None:
    standing = Standing(1, 0, 5, offline=["scans", "mail"], held=["no credit"], stuck=["poller"], refused=2)
    assert say_headline(standing) == (
        "stuck: poller; held: no credit; offline: scans, mail; the new configuration was refused (2 problems);"
        " 1 route, 0 waiting, 5 in work"
    )


def test_a_reason_of_the_service_stays_within_the_line() -> None:
    line = say_headline(Standing(1, 0, 0, held=["bad\nREADY=1\x1b[31m\u202e" + "x" * 500]))
    assert line.isprintable()
    assert len(line) <= 200
