"""What an engine gets to work with inside the confined child: sources, typed parameters, a place for results."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from watchconvert.localapi.engines.interface import ConversionError, ErrorCode, Source
from watchconvert.localapi.engines.parameters import Value


@dataclass
class Outputs:
    """Result files in the order they were made; `files` pairs each with the index of the source it is named after."""

    folder: Path
    files: list[tuple[Path, int]] = field(default_factory=list)

    def new_file(self, extension: str, source: int = 0) -> Path:
        """Return the path that the next result is to be written to."""
        path = self.folder / f"{len(self.files) + 1}.{extension}"
        self.files.append((path, source))
        return path


@dataclass(frozen=True)
class Job:
    """One conversion as the child sees it; `source_formats` holds one route name for each source."""

    source_formats: tuple[str, ...]
    target: str
    sources: tuple[Source, ...]
    parameters: Mapping[str, Value]
    outputs: Outputs

    def text(self, name: str) -> str:
        """Return a parameter as text, empty when it was not given."""
        value = self.parameters.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Return a parameter of type `bool`; unknown to the pair counts as false."""
        return bool(self.parameters.get(name))

    def number(self, name: str, default: int = 0) -> int:
        """Return a parameter of type `integer`, or `default` when it was not given."""
        value = self.parameters.get(name)
        return default if value is None or value == "" else int(value)

    def each_source(self) -> Iterator[tuple[int, Path]]:
        """Yield index and path of every source, in the order they were given."""
        return enumerate(source.path for source in self.sources)

    def moved_to(self, folder: Path) -> "Job":
        """Return the same job with results going to `folder`: the first half of a conversion in two steps."""
        folder.mkdir(exist_ok=True)
        return replace(self, outputs=Outputs(folder))


@contextmanager
def reported_as(code: ErrorCode, message: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn the `errors` a library raises into a `ConversionError`; its own words follow `message`."""
    try:
        yield
    except ConversionError:
        raise
    except errors as error:
        words = " ".join(str(error).split())[:300]
        raise ConversionError(code, f"{message}: {words}" if words else f"{message}.") from error
