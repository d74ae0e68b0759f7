"""What a convert request says, whichever way it says it; parameter names are matched without regard to case."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from watchconvert.localapi.errors import PARAMETERS_INVALID, ApiError, InvalidParameters, bad_parameters
from watchconvert.localapi.files import StoredFile
from watchconvert.localapi.identifiers import job_identifier
from watchconvert.localapi.names import safe_name

MAX_FILES = 1000
TIMEOUT_RANGE = (10, 1200)
TIMEOUT_DEFAULT = 900
NAME_LENGTH = 200
_INDEXED = re.compile(r"(?P<base>[^\[\]]+)(?:\[(?P<index>\d{0,6})\])?")
_OWN_NAMES = frozenset(
    {"apikey", "async", "download", "filename", "jobid", "secret", "storefile", "timeout", "token", "webhook"}
)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Input:
    """One file as given: content that was sent along, or a URL or FileId. `name` is in lower case, without index."""

    name: str
    index: int
    value: StoredFile | str


class Inputs:
    """Everything a request gave, before anything is checked. Later values replace earlier ones."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, str]] = {}
        self._files: list[Input] = []

    def add(self, name: str, value: str) -> None:
        """Add a value as text; an empty one counts as absent (the Ruby client sends a bare `Timeout`).

        Raises ApiError 400 when there are too many files.
        """
        base, _index = _split_index(name)
        if not value.strip():
            return
        if is_file_name(base):
            self.add_file(name, value.strip())
        else:
            self._values[base] = (name, value)

    def add_file(self, name: str, value: StoredFile | str) -> None:
        """Add a file: its content, or a URL or FileId. Raises ApiError 400 when there are too many."""
        if len(self._files) >= MAX_FILES:
            raise ApiError(400, PARAMETERS_INVALID, f"More than {MAX_FILES} files.")
        base, index = _split_index(name)
        self._files.append(Input(base, len(self._files) if index is None else index, value))

    def get(self, name: str) -> str:
        """Return the value under a name in lower case, or ''."""
        return self._values.get(name, ("", ""))[1].strip()

    def engine_values(self) -> Mapping[str, str]:
        """Return the values that are the conversion's own affair, under the names they were given."""
        return {given: value for base, (given, value) in self._values.items() if base not in _OWN_NAMES}

    def ordered_files(self) -> tuple[Input, ...]:
        """Return the main files by index (the order of a merge), then `CompareFile` and its like as they came."""
        return tuple(sorted(self._files, key=lambda item: (item.name not in {"file", "files", "url"}, item.index)))

    def contents(self) -> tuple[StoredFile, ...]:
        """Return the files that were sent along and belong to this request alone."""
        return tuple(item.value for item in self._files if isinstance(item.value, StoredFile))


def _split_index(name: str) -> tuple[str, int | None]:
    match = _INDEXED.fullmatch(name.strip())
    if match is None:
        return name.strip().lower(), None
    index = match["index"]
    return match["base"].lower(), int(index) if index else None


def is_file_name(base: str) -> bool:
    """Whether a parameter of this lower-case name is a file: `File`, `Files`, `Url`, `CompareFile`, ..."""
    return base in {"files", "url"} or (base.endswith("file") and base != "storefile")


@dataclass(frozen=True)
class Order:
    """A convert request whose own parameters are sound; `timeout` in seconds, `file_name` a stem or ''."""

    store_file: bool
    background: bool
    timeout: float
    file_name: str
    job_id: str | None
    webhook: str
    files: tuple[Input, ...]
    values: Mapping[str, str]


def checked_order(inputs: Inputs) -> Order:
    """Check what the service itself understands. Raises ApiError 400/4000 that names every parameter that is wrong."""
    reader = _Reader(inputs)
    order = Order(
        store_file=reader.truth("StoreFile"),
        background=reader.truth("Async"),
        timeout=reader.timeout(),
        file_name=reader.file_name(),
        job_id=reader.job_id(),
        webhook=reader.webhook(),
        files=reader.files(),
        values=inputs.engine_values(),
    )
    if reader.invalid:
        raise bad_parameters(reader.invalid)
    return order


class _Reader:
    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self.invalid: dict[str, list[str]] = {}

    def _reject(self, name: str, message: str) -> None:
        self.invalid[name] = [message]

    def truth(self, name: str) -> bool:
        text = self._inputs.get(name.lower()).lower()
        if text and text not in _TRUTH:
            self._reject(name, f"The value is not valid for {name}.")
        return _TRUTH.get(text, False)

    def timeout(self) -> float:
        text = self._inputs.get("timeout")
        low, high = TIMEOUT_RANGE
        if not text:
            return TIMEOUT_DEFAULT
        if re.fullmatch(r"\d{1,9}", text, re.ASCII) and low <= int(text) <= high:
            return int(text)
        self._reject("Timeout", f"The field Timeout must be between {low} and {high}.")
        return TIMEOUT_DEFAULT

    def file_name(self) -> str:
        text = self._inputs.get("filename")
        if len(text) > NAME_LENGTH or (text and not safe_name(text)):
            self._reject("FileName", f"The field FileName must be a name of 1 to {NAME_LENGTH} characters.")
        return safe_name(text)

    def job_id(self) -> str | None:
        text = self._inputs.get("jobid")
        identifier = job_identifier(text)
        if text and identifier is None:
            self._reject("JobId", "The field JobId must be 32 lowercase letters and numbers, or a UUID.")
        return identifier

    def webhook(self) -> str:
        text = self._inputs.get("webhook")
        if text and not is_web_address(text):
            self._reject("WebHook", "The field WebHook must be an http or https URL.")
        return text

    def files(self) -> tuple[Input, ...]:
        files = self._inputs.ordered_files()
        if not files or files[0].name not in {"file", "files", "url"}:
            self._reject("File", "The File field is required.")
        return files


def is_web_address(text: str) -> bool:
    """Whether `text` is an absolute http or https URL."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def parameter_error(name: str, message: str) -> ApiError:
    """One wrong parameter: 400, code 4000."""
    invalid: InvalidParameters = {name: [message]}
    return bad_parameters(invalid)
