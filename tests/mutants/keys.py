"""Faults in what is made of the configuration's keys: the reader, the schema and the reload."""

from tests.mutants.mutant import Mutant

_SCHEMA = "core/test_schema.py::"

MUTANTS = (
    Mutant(
        "hidden-value-repeated",
        "core/tables.py",
        "{'its value' if key.hidden else repr(written)} is not valid",
        "{written!r} is not valid",
        "A token in an address goes into the log.",
        ("core/test_notify_tables.py::test_a_wrong_address_is_told_without_itself_for_it_may_hold_a_token",),
    ),
    Mutant(
        "restart-not-asked-for",
        "core/changes.py",
        "        if key.lasting\n",
        "        if key.hidden\n",
        "A reload takes another service while jobs under way are asked about at it.",
        ("core/test_changes.py::test_what_jobs_were_begun_with_is_not_changed",),
    ),
    Mutant(
        "schema-anchors-half-a-pattern",
        "core/values.py",
        'f"^(?:{pattern})$"',
        'f"^{pattern}$"',
        "An editor takes values that the daemon refuses.",
        (f"{_SCHEMA}test_reader_and_schema_are_of_one_mind_about_all_sorts_of_values",),
    ),
    Mutant(
        "schema-takes-any-key",
        "core/schema.py",
        '        "additionalProperties": False,\n        "required": [key.name',
        '        "additionalProperties": True,\n        "required": [key.name',
        "An editor does not see that a key is misspelt.",
        ("core/test_config_problems.py::test_an_unknown_key_is_told_with_what_it_may_mean",),
    ),
    Mutant(
        "default-of-the-key-ignored",
        "core/tables.py",
        "usual.get(key.field, key.value)",
        "usual.get(key.field, key.absent)",
        "What holds where nothing is written is not what the reference says.",
        ("core/test_config.py::test_little_is_enough_and_the_rest_has_defaults",),
    ),
)
