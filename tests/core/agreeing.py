"""Reads configurations as the product does, and sees each time that the JSON Schema is of the same mind."""

import ast
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from watchconvert.core import config, units
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.schema import make_schema
from watchconvert.core.settings import Config, Surroundings

BETWEEN_VALUES = re.compile(
    r"two \w+ have this name|there is no route '|.* (lies inside|overlaps) |is the same folder as|files would go round"
)
"""What is wrong with several values together, or with a name that stands elsewhere."""


def matches(pattern: str, text: str) -> bool:
    """Tell whether a text matches, where "$" is the end of the text, as ECMAScript has it."""
    return re.search(re.sub(r"\$(?=\)?$)", r"\\Z", pattern), text) is not None


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Any:
    if isinstance(instance, str) and not matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


ECMA: type[Validator] = extend(Draft202012Validator, {"pattern": _pattern})


@cache
def validator() -> Validator:
    """Return who looks whole configurations over."""
    return ECMA(make_schema())


def is_only_out_of_bounds(value: Any) -> bool:
    """Tell whether a wrong value is written as durations are, so that a schema cannot say what is wrong."""
    if isinstance(value, dict):
        return bool(value) and value.keys() <= {"age", "size"} and is_only_out_of_bounds(value.get("age"))
    return isinstance(value, str) and re.fullmatch(units.DURATION, value) is not None


def can_be_said(problem: Problem) -> bool:
    """Tell whether a schema can find that problem."""
    if BETWEEN_VALUES.match(problem.wrong):
        return False
    value = re.fullmatch(r"(.*) is not valid", problem.wrong, re.DOTALL)
    return not (value and value[1][0] in "'\"{" and is_only_out_of_bounds(ast.literal_eval(value[1])))


def read_config(raw: Mapping[str, Any], around: Surroundings) -> Config:
    """Return what the product reads, or raise its error; the schema must say the same."""
    said = [error.message for error in validator().iter_errors(raw)]
    fault = None
    try:
        read = config.read_config(raw, around)
    except ConfigError as caught:
        fault = caught
    if fault:
        findable = any(map(can_be_said, fault.problems))
        assert bool(said) == findable, f"the schema says {said} of what the reader refuses: {fault}"
        raise fault
    assert not said, f"the reader takes what the schema refuses: {said}"
    return read
