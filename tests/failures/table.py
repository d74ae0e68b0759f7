"""The whole table of failures, in the order of the page that is made of it: `contrib/make-failure-points.py`."""

from tests.failures import (
    rows_answers,
    rows_changes,
    rows_clock,
    rows_death,
    rows_denied,
    rows_disk,
    rows_doubt,
    rows_ending,
    rows_failed,
    rows_journal,
    rows_keeping,
    rows_messages,
    rows_money,
    rows_network,
    rows_others,
    rows_people,
    rows_places,
    rows_results,
    rows_room,
    rows_service,
    rows_versions,
)
from tests.failures.row import Family, Row

FAMILIES: tuple[Family, ...] = (
    rows_death.KILL,
    rows_death.POWER,
    rows_room.ROOM,
    rows_disk.DISK,
    rows_denied.DENIED,
    rows_network.BEFORE,
    rows_network.AFTER,
    rows_doubt.BUSY,
    rows_doubt.UNKNOWN,
    rows_answers.REFUSED,
    rows_failed.FAILED,
    rows_results.WRONG,
    rows_results.LENGTH,
    rows_clock.CLOCK,
    rows_journal.JOURNAL,
    rows_keeping.KEEPING,
    rows_others.RIVALS,
    rows_others.MOUNTS,
    rows_changes.CHANGES,
    rows_people.DELETES,
    rows_people.RENAMES,
    rows_versions.EDITS,
    rows_versions.NAMES,
    rows_places.ARRIVALS,
    rows_places.MACHINE,
    rows_service.SERVICE,
    rows_service.SERVER,
    rows_messages.MESSAGES,
    rows_ending.ENDING,
    rows_money.MONEY,
)


def all_rows() -> dict[str, Row]:
    """Return every row by its name."""
    return {name: row for family in FAMILIES for name, row in family.named().items()}
