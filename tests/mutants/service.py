"""Faults in the daemon as a service: what it tells the service manager, and what a reload may do."""

from tests.mutants.mutant import Mutant

_RELOAD = "e2e/test_reload.py::"

MUTANTS = (
    Mutant(
        "refused-yet-taken",
        "faces/swap.py",
        "    if problems:\n        raise ConfigError(problems)\n    return new, changes, secret",
        "    return new, changes, secret",
        "A configuration that only a start may take is swapped in under the jobs.",
        (f"{_RELOAD}test_what_only_a_start_can_change_is_refused_with_the_rest",),
    ),
    Mutant(
        "refused-locks-kept",
        "faces/swap.py",
        "        locks.release(but=held)\n",
        "        pass\n",
        "A refused configuration keeps other daemons off folders that it does not serve.",
        (f"{_RELOAD}test_a_folder_that_another_daemon_serves_is_refused_and_left_to_it",),
    ),
    Mutant(
        "removed-lane-lives-on",
        "engine/supervisor.py",
        "while not self._clock.stopped() and not loop.ended:",
        "while not self._clock.stopped():",
        "An inbox whose route is gone is still emptied.",
        (f"{_RELOAD}test_routes_come_change_and_go_while_files_are_converted",),
    ),
    Mutant(
        "fed-while-stuck",
        "faces/watch_over.py",
        '("" if late else "\\nWATCHDOG=1")',
        '"\\nWATCHDOG=1"',
        "A daemon whose dispatcher hangs is never started again.",
        (f"{_RELOAD}test_a_loop_that_stops_ends_the_signs_of_life",),
    ),
    Mutant(
        "late-from-the-last-rest",
        "engine/supervisor.py",
        "                loop.asleep_until = self._clock.steady()\n                pause = loop.turn()",
        "                pause = loop.turn()",
        "A loop that is woken early and hangs is missed half a minute later.",
        ("engine/test_supervisor.py::test_a_round_that_does_not_end_is_late_from_its_beginning",),
    ),
    Mutant(
        "first-round-not-missed",
        "engine/supervisor.py",
        "                loop.asleep_until = self._clock.steady()  # one that never gets to its first round is missed, too\n",
        "                loop.asleep_until = float('inf')\n",
        "A loop that never begins is never missed.",
        ("engine/test_supervisor.py::test_a_loop_that_never_begins_is_late",),
    ),
    Mutant(
        "status-with-a-line-break",
        "core/headline.py",
        '"".join(c if c.isprintable() else " " for c in "; ".join([*filter(None, troubles), usual]))',
        '"; ".join([*filter(None, troubles), usual])',
        "Words of the service become commands to the service manager.",
        ("core/test_headline.py::test_a_reason_of_the_service_stays_within_the_line",),
    ),
    Mutant(
        "sandbox-opens-the-root-above",
        "core/sandbox.py",
        "    return route.folders\n",
        "    return (above,)\n",
        "The sandbox opens folders that are no route's.",
        ("core/test_sandbox.py::test_other_folders_are_opened_one_by_one",),
    ),
)
