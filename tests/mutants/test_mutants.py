"""The deliberate faults still fit the product, and a few of them are tried; `make mutants` tries them all."""

import ast
import re
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from tests.mutants.list import MUTANTS, SMOKE
from tests.mutants.mutant import ROOT, Mutant, StaleMutantError
from tests.mutants.run import BAD, End, attempt_all, judge, main

ALL = {each.name: each for each in MUTANTS}


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("mutant", MUTANTS, ids=ALL)
def test_each_fault_still_fits_and_its_tests_exist(mutant: Mutant) -> None:
    text = mutant.read()
    assert mutant.spoil(text) != text
    assert mutant.tests
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert name.partition("[")[0] in names_in(file), test


def test_there_are_enough_and_no_two_are_alike() -> None:
    assert len(MUTANTS) >= 100
    assert max(Counter(each.name for each in MUTANTS).values()) == 1
    assert max(Counter((each.file, each.old, each.new) for each in MUTANTS).values()) == 1
    assert {each.file.partition("/")[0] for each in MUTANTS} >= {"core", "adapters", "engine"}
    assert set(SMOKE) <= ALL.keys()


def test_a_fault_that_no_longer_fits_is_told() -> None:
    mutant = ALL["commits-not-synced"]
    with pytest.raises(StaleMutantError, match="stands 0 times"):
        replace(mutant, old="nothing of the kind").spoil(mutant.read())
    with pytest.raises(StaleMutantError, match=r"stands \d+ times"):
        replace(mutant, old="def ").spoil(mutant.read())
    with pytest.raises(StaleMutantError, match="would not compile"):
        replace(mutant, new='"synchronous": (').spoil(mutant.read())


@pytest.mark.parametrize(
    ("status", "said", "end"),
    [
        (1, "E   assert 1 == 2\nFAILED tests/x.py::test_x - assert 1 == 2", End.CAUGHT),
        (1, "FAILED it hangs", End.CAUGHT),
        (0, "3 passed in 0.1s", End.SLIPPED),
        (0, "2 passed, 1 skipped in 0.1s", End.SLIPPED),
        (0, "1 skipped in 0.1s", End.SKIPPED),
        (1, "E   NameError: name 'x' is not defined\nFAILED tests/x.py::test_x", End.BROKEN),
        (1, "ERROR tests/x.py::test_x - fixture", End.BROKEN),
        (2, "ERROR tests/x.py - ImportError", End.BROKEN),
        (4, "ERROR: not found", End.BROKEN),
        (-9, "", End.BROKEN),
    ],
)
def test_only_a_test_that_fails_by_what_it_asserts_catches_a_fault(status: int, said: str, end: End) -> None:
    assert judge(status, said) is end


def test_a_few_faults_are_caught_and_what_is_none_slips_through() -> None:
    harmless = replace(ALL[SMOKE[0]], name="harmless", new=ALL[SMOKE[0]].old + "  # as before")
    stale = replace(harmless, name="stale", old="nothing of the kind")
    chosen = [*(ALL[name] for name in SMOKE), harmless, stale]
    told: list[str] = []
    ends = attempt_all(chosen, 2, lambda mutant, end, said: told.append(f"{mutant.name} {end} {said}"))
    assert ends == dict.fromkeys(SMOKE, End.CAUGHT) | {"harmless": End.SLIPPED, "stale": End.STALE}, "\n".join(told)
    assert len(told) == len(chosen)
    assert {End.SLIPPED, End.STALE, End.BROKEN} == BAD


def test_the_program_ends_in_one_line_of_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["commits-not-synced", "--jobs", "1"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"commits-not-synced +caught", said[0])
    assert re.fullmatch(r"mutants 1: 1 caught, 0 slipped, 0 skipped, 0 stale, 0 broken, \d+ s", said[-1])
    with pytest.raises(SystemExit):
        main(["nothing-of-the-kind"])
