"""Faults in runs that end: `once` leaves too soon or never, `convert` buys or delivers twice, or loses what was bought."""

from tests.mutants.mutant import Mutant

_BENCHES, _LEFT = "faces/test_benches.py::", "engine/test_leftovers.py::"

MUTANTS = (
    Mutant(
        "leaves-before-it-has-looked",
        "engine/leftovers.py",
        "    unseen = sight.clean_since <= since and not (held and sight.waiting)",
        "    unseen = False",
        "A file that the first listing missed stays in the inbox, and cron is told that all went well.",
        (f"{_LEFT}test_an_inbox_counts_as_empty_when_a_whole_look_has_found_nothing",),
    ),
    Mutant(
        "waits-for-what-is-stuck",
        "core/draining.py",
        "        elif self._stuck_since is None:",
        "        else:",
        "During an outage a run of cron never ends.",
        ("core/test_draining.py::test_what_moves_is_waited_for_and_what_is_stuck_for_a_while",),
    ),
    Mutant(
        "persons-pause-waited-out",
        "engine/leftovers.py",
        '        return self._find(wide | {(Scope.PAUSE, ""), (Scope.PAUSE, route)})',
        "        return self._find(wide)",
        "A run waits without end while somebody has paused a route.",
        (f"{_LEFT}test_each_hold_keeps_inbox_and_jobs_but_nothing_that_is_paid_for",),
    ),
    Mutant(
        "failure-outranked",
        "core/draining.py",
        "    if failed:\n        return EXIT_FAILED\n    return EXIT_LEFT if left else 0",
        "    if left:\n        return EXIT_LEFT\n    return EXIT_FAILED if failed else 0",
        "A failure is hidden behind what is left, and never told again.",
        ("core/test_draining.py::test_a_failure_outranks_what_is_left",),
    ),
    Mutant(
        "told-too-late",
        "faces/drain.py",
        "    daemon.notifier.hurry()\n",
        "",
        "Nobody is told of what failed under cron: the run has gone while messages are gathered.",
        ("e2e/test_once.py::test_a_failure_is_told_before_it_leaves",),
    ),
    Mutant(
        "delivered-again",
        "faces/converting/bench_work.py",
        "        if noted is None:",
        "        if True:",
        "After a power cut a result appears a second time beside the first.",
        (f"{_BENCHES}test_a_death_while_it_delivers_costs_nothing_and_doubles_nothing",),
    ),
    Mutant(
        "bought-and-swept",
        "faces/converting/benches.py",
        "            elif request and Bench(folder, request, lock).has_bought():",
        "            elif request and False:",
        "After a crash what was paid for is thrown away and bought again.",
        (f"{_BENCHES}test_what_was_bought_is_found_again_and_what_was_not_is_swept",),
    ),
    Mutant(
        "under-way-twice",
        "faces/converting/benches.py",
        "                if lock is None:\n                    busy += items",
        "                if lock is None:\n                    known -= shared",
        "Two of the same command buy the same conversion.",
        (f"{_BENCHES}test_what_was_bought_is_found_again_and_what_was_not_is_swept",),
    ),
    Mutant(
        "changed-while-copied",
        "adapters/files/delivery.py",
        "    if seen is not None and not looks.sighting_of(os.fstat(file)).same_content(seen):",
        "    if False:",
        "Half of the old and half of the new file is converted.",
        ("adapters/test_delivery.py::test_only_the_file_that_was_seen_is_copied",),
    ),
)
