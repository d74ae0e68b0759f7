import importlib

import pytest

from watchconvert.localapi.engines import (
    Pair,
    ParameterError,
    UnsupportedPairError,
    available_pairs,
    catalog,
    find_pair,
    missing_pairs,
    parameters,
    route_name,
)


@pytest.fixture
def uncached():
    caches = (catalog._is_present, catalog._available_entries, catalog.available_pairs, catalog.missing_pairs)
    for function in caches:
        function.cache_clear()
    yield
    for function in caches:
        function.cache_clear()


def test_every_row_names_a_function_that_exists():
    for entry in catalog._all_entries():
        for step in entry.steps.split():
            module, _, name = step.partition(":")
            assert callable(getattr(importlib.import_module(f"watchconvert.localapi.engines.{module}"), name)), entry


@pytest.mark.parametrize(
    ("given", "route"),
    [("JPEG", "jpg"), (".tiff", "tif"), ("htm", "html"), ("markdown", "md"), ("docx", "docx"), ("xyz", "xyz")],
)
def test_extensions_lead_to_their_route(given, route):
    assert route_name(given) == route


def test_pairs_are_found_by_route_or_extension():
    assert find_pair("JPEG", "Png") is available_pairs()["jpg", "png"]
    assert find_pair("docx", "zip") is available_pairs()["any", "zip"]
    assert find_pair("png", "join").source == "images"
    assert find_pair("pdf", "merge").target_extensions == ("pdf",)


def test_missing_engine_takes_its_pairs_away_and_says_what_to_install(monkeypatch, uncached):
    monkeypatch.setattr(catalog, "libreoffice_program", lambda: None)
    monkeypatch.setattr(catalog.importlib.util, "find_spec", lambda name: None if name == "office2pdf" else object())
    assert ("docx", "pdf") not in available_pairs()
    assert ("docx", "html") in available_pairs()
    assert missing_pairs()["docx", "pdf"] == "install libreoffice-writer-nogui"
    assert missing_pairs()["xls", "xlsx"] == "install libreoffice-calc-nogui"
    with pytest.raises(UnsupportedPairError, match="libreoffice-writer"):
        find_pair("docx", "jpg")


def test_libreoffice_is_preferred_where_it_is_installed(monkeypatch, uncached):
    monkeypatch.setattr(catalog, "libreoffice_program", lambda: "/usr/bin/soffice")
    assert find_pair("docx", "pdf").engine == "LibreOffice"
    assert "doc" in find_pair("docx", "pdf").source_extensions
    assert find_pair("doc", "pdf").engine == "LibreOffice"
    assert find_pair("html", "pdf").engine == "plutoprint"


def test_old_word_files_need_libreoffice():
    if catalog.libreoffice_program():
        pytest.skip("LibreOffice is installed")
    assert "doc" not in find_pair("docx", "pdf").source_extensions
    with pytest.raises(UnsupportedPairError, match="libreoffice-writer-nogui"):
        find_pair("doc", "pdf")


def pair_with(*known: parameters.Parameter) -> Pair:
    return Pair("a", "b", ("a",), "engine", "", known)


def test_parameters_get_their_types_and_defaults_and_unknown_ones_are_ignored():
    pair = pair_with(parameters.RESOLUTION, parameters.SCALING[1], parameters.PAGE_SIZE, parameters.PASSWORD)
    given = {"imageresolution": "72", "SCALEPROPORTIONS": "False", "Whatever": "1", "pagesize": ""}
    assert parameters.read_parameters(pair, given) == {
        "ImageResolution": 72, "ScaleProportions": False, "PageSize": "a4", "Password": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [("ImageResolution", "9"), ("ImageResolution", "high"), ("ScaleImage", "perhaps"), ("PageSize", "a9"),
     ("PageRange", "0"), ("PageRange", "3-1"), ("PageRange", "1,,2"), ("PageRange", "x"), ("PageRange", "1-x")],
)  # fmt: skip
def test_bad_values_are_refused_by_name(name, value):
    pair = pair_with(parameters.RESOLUTION, *parameters.SCALING, parameters.PAGE_SIZE, parameters.PAGE_RANGE)
    with pytest.raises(ParameterError) as caught:
        parameters.read_parameters(pair, {name: value})
    assert caught.value.name == name


def test_pages_are_selected_in_their_order():
    assert list(parameters.select_pages("4-,1-2", 5)) == [3, 4, 0, 1]
    assert list(parameters.select_pages("", 2)) == [0, 1]
    with pytest.raises(ParameterError, match="none of the 2 pages"):
        parameters.select_pages("3-9", 2)
