"""Faults in what people ask for: a pause that does not hold or does not end, a wish that is lost or granted twice."""

from tests.mutants.mutant import Mutant

_PAUSE, _WISHES = "engine/test_pause.py::", "engine/test_wishes.py::"

MUTANTS = (
    Mutant(
        "pause-keeps-no-job",
        "engine/holds.py",
        "    wide: tuple[Key, ...] = (*_FREE, (Scope.ROUTE, job.route), *_pauses_of(job.route))",
        "    wide: tuple[Key, ...] = (*_FREE, (Scope.ROUTE, job.route))",
        "What was taken before a pause is bought during it.",
        (f"{_PAUSE}test_a_job_on_its_way_stays_where_it_is",),
    ),
    Mutant(
        "pause-keeps-no-file",
        "engine/holds.py",
        "        wide = (*_FREE, (Scope.ROUTE, route), *_pauses_of(route))",
        "        wide = (*_FREE, (Scope.ROUTE, route))",
        "Files are noticed during a pause, and nobody can take them back.",
        (f"{_PAUSE}test_one_that_was_wished_for_while_no_daemon_ran_holds_before_anything_is_begun",),
    ),
    Mutant(
        "pause-ended-by-a-reload",
        "engine/holds.py",
        "        others = (Scope.PAUSE, Scope.BUDGET)\n",
        "        others = (Scope.BUDGET,)\n",
        "A new configuration ends what a person has paused.",
        (f"{_PAUSE}test_it_outlives_the_daemon_and_a_reload",),
    ),
    Mutant(
        "pause-without-an-end",
        "engine/dispatcher.py",
        "        self._holds.end_pauses(now)\n",
        "",
        "A pause for two hours lasts until somebody notices.",
        (f"{_PAUSE}test_it_ends_by_itself_when_its_time_is_over",),
    ),
    Mutant(
        "retry-granted-twice",
        "adapters/files/returns.py",
        'self._owner(job.order.error, job.folder, name) not in ("", job.id)',
        'self._owner(job.order.error, job.folder, name) == "nobody"',
        "A file that failed twice is bought once more because the daemon died at the wrong moment.",
        (f"{_WISHES}test_a_file_that_came_back_is_moved_once_though_its_wish_is_granted_twice",),
    ),
    Mutant(
        "wish-removed-too-early",
        "engine/wishes.py",
        '                if self.told[name]["over"]:',
        "                if self.told[name]:",
        "What is not done yet when the daemon dies is never done.",
        (f"{_WISHES}test_a_wish_for_a_share_that_hangs_waits",),
    ),
    Mutant(
        "wishes-granted-too-late",
        "engine/wishes.py",
        "        while self._grant_pieces():\n            pass\n",
        "        self._take_up()\n",
        "A conversion that was cancelled while the daemon was down is bought at its start.",
        (f"{_WISHES}test_all_cancels_are_granted_before_a_start_begins_anything",),
    ),
)
