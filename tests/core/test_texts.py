"""What people at the shares read: each sentence in each language, and no verdict beside the table."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import watchconvert
from watchconvert.core import verdicts
from watchconvert.core.answers import RULES, Asked, Complaint, Held, Unavailable, judge
from watchconvert.core.job import Verdict
from watchconvert.core.texts import ENGLISH, LANGUAGES, Language, find_language
from watchconvert.core.verdicts import UNKNOWN, action_after, because, sentence_in

ROOT = Path(watchconvert.__file__).parent
MAKERS = {
    "core/verdicts.py",  # of the table
    "adapters/journal/rows.py",  # of a row
    "engine/local.py",  # why a disk is held, which no person at a share reads
    "engine/purse.py",  # nor that a budget is used up
}
OTHERS = [each for each in LANGUAGES.values() if each is not ENGLISH]


def places_in(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def calls_of(name: str) -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield path.relative_to(ROOT).as_posix(), node


@pytest.mark.parametrize("language", OTHERS, ids=lambda each: each.code)
@pytest.mark.parametrize("part", ["causes", "words"])
def test_nothing_lacks_its_translation_or_one_of_its_words(language: Language, part: str) -> None:
    here, there = getattr(ENGLISH, part), getattr(language, part)
    assert list(there) == list(here), "all of them, in the same order"
    for key, text in here.items():
        assert places_in(there[key]) == places_in(text), key
        assert there[key] != text or key == "label_jobid", f"{key} was not translated"


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda each: each.code)
def test_each_text_is_one_line_and_each_sentence_ends(language: Language) -> None:
    for text in (*language.causes.values(), *language.words.values()):
        assert text.isprintable()
        assert text == text.strip()
        assert "  " not in text.replace("}  (", "")
    assert all(text.endswith(".") for text in language.causes.values())
    assert len(set(language.months)) == 12


def test_german_is_written_with_its_own_letters_and_politely() -> None:
    german = " ".join((*LANGUAGES["de"].causes.values(), *LANGUAGES["de"].words.values()))
    assert not {"fuer", "koennen", "Oeffnen", "geloescht", "groesser", "du", "dein", "deine"} & set(german.split())
    assert {"Öffnen", "für", "Sie"} <= set(german.split())


def test_a_verdict_is_made_of_the_table_alone() -> None:
    assert {where for where, _ in calls_of("Verdict")} == MAKERS


def test_each_cause_that_the_code_names_has_a_sentence_with_its_words() -> None:
    named = set()
    for where, call in calls_of("because"):
        if isinstance(call.args[0], ast.Constant):
            cause = str(call.args[0].value)
            named.add(cause)
            assert places_in(ENGLISH.causes[cause]) == sorted(
                str(word.arg) for word in call.keywords if word.arg != "message"
            ), where
    assert len(named) > 8
    told = named | {UNKNOWN} | {rule.cause for rule in (*RULES, *_unnamed())}
    assert told == set(ENGLISH.causes), "and no sentence is left that nobody says"


def _unnamed() -> Iterator[object]:
    from watchconvert.core import answers  # noqa: PLC0415 - what is its own

    for name in ("_UNNAMED_FAILURE", "_UNNAMED_REFUSAL", "_BAD_SETTINGS", "_BAD_FILE", "_WAIT"):
        yield getattr(answers, name)


def test_each_cause_says_what_is_to_be_done() -> None:
    assert set(verdicts._ACTION_OF) == set(ENGLISH.causes)
    assert set(verdicts._ACTIONS) <= set(ENGLISH.words)


def test_what_the_service_says_can_be_told_in_german() -> None:
    for rule in RULES:
        answer = judge(Complaint(rule.status, rule.code or 1, "its words"), Asked.SUBMIT)
        assert not isinstance(answer, Unavailable)
        verdict = answer.verdict  # type: ignore[union-attr]
        assert verdict.sentence == ENGLISH.causes[rule.cause]
        assert sentence_in(LANGUAGES["de"], verdict) == LANGUAGES["de"].causes[rule.cause]
        assert isinstance(answer, Held) or action_after(verdict)


def test_words_are_put_in_as_they_are() -> None:
    verdict = because("name_taken", name="{0} {name} 100 %.pdf")
    assert "{0} {name} 100 %.pdf" in verdict.sentence
    assert "{0} {name} 100 %.pdf" in sentence_in(LANGUAGES["de"], verdict)


def test_a_cause_or_a_word_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        because("no_such_cause")
    with pytest.raises(KeyError):
        because("name_taken")


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict("It is damaged.", 500, 5002),
        Verdict("It is damaged.", cause="of_a_later_version"),
        Verdict("It is damaged.", cause="name_taken", words={}),
    ],
)
def test_a_row_of_another_version_is_told_as_it_was_written(verdict: Verdict) -> None:
    assert sentence_in(LANGUAGES["de"], verdict) == "It is damaged."
    assert action_after(verdict) in ENGLISH.words


def test_a_language_that_this_version_does_not_have_is_english() -> None:
    assert find_language("de").code == "de"
    assert find_language("xx") is ENGLISH
