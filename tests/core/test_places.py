"""Each key of a TOML file is found with its line and column, however it is written."""

import pytest

from watchconvert.core.places import find_place, find_places

TEXT = '''# a comment with [service] in it
top = 1
[service]
url = """
[route]
to = "not a key"
"""
  "mode" = [ # spread
    "a",
    "b = c",
  ]

[daemon]
workers = 3 # [daemon]
[[route]]
to = "pdf"
name = "office"
params = { A = 1 }
[[route]]
name = 'say "hi"'
  to = "x"
[route.params]
PageRange = "1-3"
[[route]]
to = 'y'
'''


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("top level: top", (2, 1)),
        ("[service]", (3, 1)),
        ("[service] url", (4, 1)),
        ("[service] mode", (8, 3)),
        ("[daemon] workers", (14, 1)),
        ("[[route]] 'office' to", (16, 1)),
        ("[[route]] 'office' params", (18, 1)),
        ("[[route]] 'say \"hi\"' to", (21, 3)),
        ("[[route]] 2 name", (20, 1)),
        ("[[route]] 'say \"hi\"' params", (22, 1)),
        ("[[route]] 3 to", (25, 1)),
        ("[[route]] 'office'", (15, 1)),
    ],
)
def test_a_key_is_found_where_it_stands(key: str, place: tuple[int, int]) -> None:
    assert find_places(TEXT)[key] == place
    assert find_places(TEXT.replace("\n", "\r\n"))[key] == place


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("[[route]] 3 name", (24, 1)),
        ("[daemon] journal", (13, 1)),
        ("[[route]]", (15, 1)),
        ("file", None),
        ("[web] listen", None),
    ],
)
def test_a_key_that_is_missing_is_told_at_its_table(key: str, place: tuple[int, int] | None) -> None:
    assert find_place(find_places(TEXT), key) == place


def test_dotted_keys_and_tables_in_one_line_are_found() -> None:
    places = find_places('service.url = "local"\ndaemon = { workers = 3 }\n')
    assert places["[service] url"] == (1, 1)
    assert places["[daemon] workers"] == (2, 1)


def test_what_is_no_toml_has_no_places() -> None:
    assert find_places("[service\nurl = 1") == {}
