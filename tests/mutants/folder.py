"""Faults in what people see in the folders: explanations in their languages, markers, and when these go."""

from tests.mutants.mutant import Mutant

_KEEPER, _NOTES = "engine/test_keeper.py::", "core/test_notes.py::"

MUTANTS = (
    Mutant(
        "explanation-of-the-file-beside-it-goes",
        "engine/keeper.py",
        "self._clearing.lonely(root, notes))",
        "notes)",
        "A file still lies in the error folder, and nothing says why, because another of its name was converted.",
        (f"{_KEEPER}test_they_stay_while_it_fails_again_and_beside_another_file",),
    ),
    Mutant(
        "one-explanation-is-enough",
        "adapters/files/places.py",
        "for each in note_names(name)):",
        "for each in note_names(name)[:1]):",
        "An old explanation for programs seems to speak of a new file.",
        ("adapters/test_bring_home.py::test_with_a_note_a_name_is_free_only_if_its_notes_names_are",),
    ),
    Mutant(
        "known-again-in-english-alone",
        "core/notes.py",
        "for each in LANGUAGES.values()))",
        'for each in LANGUAGES.values() if each.code == "en"))',
        "After a crash the German explanation counts as somebody else's, and is never removed.",
        (f"{_NOTES}test_both_are_known_again_whenever_they_were_written_and_never_when_changed",),
    ),
    Mutant(
        "told-in-the-route-of-today",
        "core/settings/route.py",
        "            language=self.language,\n",
        "",
        "A German office reads English.",
        ("core/test_config.py::test_the_language_of_the_daemon_holds_where_a_route_names_none",),
    ),
)
