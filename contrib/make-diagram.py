"""Write what the documents show of the code between their markers: `python contrib/make-diagram.py [--check]`.

The state diagram and the table of states in docs/design.md come from `watchconvert/core/states.py`, the table of
errors in docs/contract.md from `watchconvert/core/answers.py`. With `--check` nothing is written; stale documents are
named and the exit status is 1.
"""  # noqa: INP001 -- a script, not a package

import argparse
import ast
import inspect
import itertools
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from watchconvert.core import states
from watchconvert.core.answers import RULES, Asked, Complaint, Held, Rule, judge
from watchconvert.core.states import RESTING, TRANSITIONS, State
from watchconvert.engine.advance import STEPS

DOCS = Path(__file__).resolve().parents[1] / "docs"
ANY_CODE = 1
"""A code that no row names, to ask for the row that stands for every code."""


def make_diagram() -> str:
    """Return the state diagram as mermaid; events that lead the same way share an arrow."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(TRANSITIONS)).value}"]
    for state, exits in TRANSITIONS.items():
        for target in dict.fromkeys(exits.values()):
            events = ", ".join(event.value for event, leads_to in exits.items() if leads_to is target)
            lines.append(f"    {state.value} --> {target.value}: {events}")
    lines += [f"    {state.value} --> [*]" for state in TRANSITIONS if state in RESTING]
    return "\n".join([*lines, "```"])


def _told_in_code() -> Iterator[tuple[str, str]]:
    """Yield the name of each state and the sentence that stands below it in the source."""
    (states_class,) = ast.parse(inspect.getsource(states.State)).body
    body = states_class.body if isinstance(states_class, ast.ClassDef) else []
    for named, told in itertools.pairwise(body):
        match named, told:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, " ".join(text.split())


def make_states() -> str:
    """Return a table of the states: what is true in each, its one step, and the events that end it."""
    meanings = dict(_told_in_code())
    lines = ["| state | already true and durable | its one step | ends in |", "| --- | --- | --- | --- |"]
    for state, exits in TRANSITIONS.items():
        events = ", ".join(event.value for event in exits) + ", delayed" if exits else "–"  # noqa: RUF001 -- a dash
        lines.append(f"| `{state.value}` | {meanings[state.name]} | {_step_of(state)} | {events} |")
    return "\n".join(lines)


def _step_of(state: State) -> str:
    return STEPS[state].__name__.replace("_", " ") if state in STEPS else "–"  # noqa: RUF001 -- a dash


def make_errors() -> str:
    """Return the table of errors: what each makes of a request for a conversion."""
    lines = [
        "| HTTP | code | answer | what follows | at most | said to the person |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*lines, *map(_error_row, RULES)])


def _error_row(rule: Rule) -> str:
    code = "any" if rule.code is None else str(rule.code)
    answer = judge(Complaint(rule.status, rule.code or ANY_CODE), Asked.SUBMIT)
    kind = type(answer).__name__ + (f" ({answer.scope.value})" if isinstance(answer, Held) else "")
    bound = f"{rule.bound} more" if rule.bound else ""
    return f"| {rule.status} | {code} | `{kind}` | {rule.fate.value} | {bound} | {rule.sentence} |"


PIECES: dict[str, dict[str, Callable[[], str]]] = {
    "design.md": {"diagram": make_diagram, "states": make_states},
    "contract.md": {"errors": make_errors},
}
"""For each document the pieces between its markers, by the name in the marker."""


def refreshed(document: str, text: str) -> str:
    """Return the text of a document with its pieces made anew; ValueError when a marker is missing."""
    for name, make in PIECES[document].items():
        start, end = f"<!-- {name}: made by contrib/make-diagram.py -->", f"<!-- end of {name} -->"
        whole = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
        if not whole.search(text):
            raise ValueError(f"{document} has no place marked {name!r}")
        before, _, after = whole.sub("\0", text, count=1).partition("\0")
        text = f"{before}{start}\n\n{make()}\n\n{end}{after}"
    return text


def main() -> int:
    """Refresh every document, or only tell which are stale; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a document is stale")
    only_check = parser.parse_args().check
    stale = []
    for document in PIECES:
        path = DOCS / document
        before = path.read_text("utf-8")
        after = refreshed(document, before)
        if after != before:
            stale.append(document)
            if not only_check:
                path.write_text(after, "utf-8")
    sys.stdout.writelines(f"docs/{name} was stale\n" for name in stale)
    return 1 if stale and only_check else 0


if __name__ == "__main__":
    sys.exit(main())
