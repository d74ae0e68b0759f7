"""Faults in how the journal is kept, and in what is made of one that is lost, damaged or old."""

from tests.mutants.mutant import Mutant

_CARE, _LOST, _KEPT = "adapters/test_journal_care.py::", "engine/test_lost_journal.py::", "engine/test_housekeeper.py::"

MUTANTS = (
    Mutant(
        "reserve-not-given-up",
        "adapters/journal/database.py",
        "            if not care.is_full(fault) or not care.drop_ballast(self.path):\n                raise\n            self._roll_back()",
        "            raise",
        "A full disk ends the daemon in the middle of what is paid for.",
        (f"{_CARE}test_the_reserve_is_given_up_for_what_is_under_way",),
    ),
    Mutant(
        "damaged-journal-thrown-away",
        "adapters/journal/care.py",
        "            Path(path + ending).rename(aside + ending)",
        "            Path(path + ending).unlink()",
        "What could still be read of a damaged journal is gone.",
        (f"{_CARE}test_a_damaged_journal_is_kept_as_evidence_and_a_new_one_is_made",),
    ),
    Mutant(
        "strangers-file-put-aside",
        "adapters/journal/database.py",
        '            if not Path(self.path + ".hand").exists():\n                raise  #',
        '            if not Path(self.path + ".hand").exists():\n                pass  #',
        "A file of somebody else's that is named by mistake is moved away.",
        (f"{_CARE}test_a_damaged_file_that_no_daemon_worked_with_is_left_alone",),
    ),
    Mutant(
        "missing-journal-not-noticed",
        "adapters/journal/database.py",
        "        if care.identity(self.path) == self._file:",
        "        if True:",
        "A daemon whose journal was removed works on, and remembers nothing after its end.",
        (f"{_CARE}test_a_journal_that_was_removed_is_written_again_whole",),
    ),
    Mutant(
        "jobid-drawn-by-lot",
        "core/job.py",
        'uuid.uuid5(uuid.UUID(self.id), f"round {self.round + 1}").hex',
        "uuid.uuid4().hex",
        "Without the journal nobody can ask what was bought.",
        (f"{_LOST}test_without_the_journal_the_stages_tell_enough",),
    ),
    Mutant(
        "adopted-is-fresh",
        "engine/advance.py",
        " and not (outcome.event is Event.MINTED and job.adopted):",
        ":",
        "A source whose journal was lost is bought again.",
        (f"{_LOST}test_without_the_journal_the_stages_tell_enough",),
    ),
    Mutant(
        "older-copy-believed",
        "engine/remote.py",
        "    if not is_fresh or tools.fresh.ask_once(job.id):",
        "    if not is_fresh:",
        "A restored backup buys what was bought since.",
        (f"{_LOST}test_an_older_copy_of_the_journal_costs_no_second_bill",),
    ),
    Mutant(
        "open-jobs-forgotten",
        "adapters/journal/store.py",
        "SELECT id FROM job WHERE state IN {_AT_REST} AND changed_at < ?",
        "SELECT id FROM job WHERE changed_at < ?",
        "What waits for long is forgotten with its file in the stage.",
        (f"{_KEPT}test_what_is_under_way_is_never_forgotten",),
    ),
    Mutant(
        "full-journal-ignored",
        "engine/holds.py",
        "        if self._journal_key in self._held:\n            return False\n",
        "",
        "New conversions are bought that may not be remembered to their end.",
        (f"{_KEPT}test_a_file_that_is_uploaded_is_not_bought_while_the_journal_has_no_room",),
    ),
    Mutant(
        "given-up-round-forgiven",
        "adapters/journal/store.py",
        "    WHERE round.outcome NOT IN ('forgotten', 'sent back')\n",
        "",
        "The status hides what may have been billed for nothing.",
        ("adapters/test_report.py::test_a_round_that_was_given_up_stays_a_possible_double_charge",),
    ),
)
