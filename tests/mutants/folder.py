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
        (f"{_KEEPER}test_they_stay_beside_their_file_when_another_of_its_name_is_converted",),
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
        "marker-of-a-stranger-removed",
        "adapters/files/markers.py",
        '    return marked_job(name, content.decode("utf-8", "replace")) or None',
        '    return "marker"',
        "What a person wrote into a marker, or put there under such a name, is deleted.",
        ("engine/test_markers.py::test_what_a_person_wrote_or_put_there_stays",),
    ),
    Mutant(
        "markers-of-a-killed-life-stay",
        "engine/markers.py",
        "            else:\n                self._markers.remove(entry)\n",
        "",
        "A marker tells for ever of a file that has long been converted.",
        ("engine/test_markers.py::test_a_life_that_was_killed_leaves_markers_that_the_next_takes_over_or_removes",),
    ),
    Mutant(
        "our-own-markers-are-hints",
        "adapters/watch.py",
        "        if name.endswith(MARKER_ENDING):\n            return  # our own, which is no reason to look at anything\n",
        "",
        "Each marker wakes its lane for nothing.",
        ("engine/test_markers.py::test_they_are_never_taken_and_make_nobody_look",),
    ),
    Mutant(
        "fails-again-under-a-number",
        "engine/local.py",
        "    remove_notes(tools, job, job.name)\n",
        "",
        "Each attempt gives a file another number, and leaves the explanations of the last behind.",
        (f"{_KEEPER}test_a_file_that_fails_again_keeps_its_name_and_has_new_explanations",),
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
