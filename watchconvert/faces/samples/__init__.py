"""The real files that `watchconvert demo` drops and what has to become of each, made by `contrib/make-samples.py`."""

from dataclasses import dataclass
from importlib import resources
from typing import Literal

Route = Literal["to-pdf", "to-jpg", "to-csv"]
Outcome = Literal["converted", "rejected"]


@dataclass(frozen=True)
class Sample:
    """One file dropped into one demo route.

    `outputs` counts the files that come out, none for a rejected one. Each of `marks` is a run of text that every
    output must contain, whitespace aside; outputs without text, pictures, have none. `about` tells a person why the
    file is there.
    """

    name: str
    route: Route
    outcome: Outcome
    outputs: int
    marks: tuple[str, ...]
    about: str


def becomes(name: str, route: Route, about: str, *marks: str, outputs: int = 1) -> Sample:
    """Return a sample that is converted."""
    return Sample(name, route, "converted", outputs, marks, about)


def fails(name: str, route: Route, about: str) -> Sample:
    """Return a sample that is rejected, with a reason beside it."""
    return Sample(name, route, "rejected", 0, (), about)


INVITATION = "Invitation – Émile & Zoë.docx"  # noqa: RUF001 -- the long dash is the point of the name

SAMPLES: tuple[Sample, ...] = (
    becomes(
        "Quarterly report.docx", "to-pdf", "headings, a table and a picture", "Sales by region", "436,900", "Rotterdam"
    ),
    becomes(INVITATION, "to-pdf", "a name that is not ASCII", "Émile & Zoë", "Besançon", "Jürgen and Åsa"),
    becomes("Slides.pptx", "to-pdf", "four slides", "Autumn review", "Press number four", "The regions compared"),
    becomes("Budget.xlsx", "to-pdf", "two sheets with formulas", "Salaries", "Planned for 2026", "Spent in 2026"),
    becomes("Orders.csv", "to-pdf", "quotes, commas and accents", "Haugen, Berg & Co", "Müller-Żuk", "Café Brûlé"),
    becomes("Minutes.md", "to-pdf", "a list and a table", "Decisions", "Rotterdam depot", "Ölander"),
    becomes("Notes.txt", "to-pdf", "umlauts and box characters", "Führungsschiene", "Größe L", "┌──────"),
    becomes("Price list.html", "to-pdf", "a table and style sheet", "Price list, spring 2026", "36.90 €"),
    becomes("Letter.odt", "to-pdf", "an OpenDocument text", "Your enquiry of 12 January", "Brigitte Kowalczyk"),
    becomes("Logo.svg", "to-pdf", "a drawing with text", "Kowalczyk"),
    becomes("Photo.jpg", "to-pdf", "lies on its side; EXIF stands it up"),
    becomes("Screenshot.png", "to-pdf", "partly transparent"),
    becomes("Scan.tif", "to-pdf", "two pages in one picture"),
    becomes("Contract.pdf", "to-jpg", "three pages become three pictures", outputs=3),
    becomes("Screenshot.png", "to-jpg", "transparency onto white"),
    becomes("Logo.svg", "to-jpg", "a drawing becomes a picture"),
    becomes("Budget.xlsx", "to-csv", "one file for each sheet", "Salaries", "Total", outputs=2),
    fails("Damaged.docx", "to-pdf", "cut off in the middle"),
    fails("Model.blend", "to-pdf", "a kind that nothing converts"),
    fails("Protected.pdf", "to-jpg", "locked by a password"),
)


def read(name: str) -> bytes:
    """Return the content of the sample `name`; FileNotFoundError when there is none."""
    return resources.files(__name__).joinpath(name).read_bytes()
