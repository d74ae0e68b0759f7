"""What somebody who sees the program for the first time runs into, each told so that it helps."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from watchconvert.core.config import ConfigError
from watchconvert.faces import load, times
from watchconvert.faces.cli import commands

NOW = 1_700_000_000.0


def run(*words: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(commands, words, input=typed)
    return done.exit_code, done.output


def test_without_a_configuration_init_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`watchconvert init` writes one"):
        load.read_text(tmp_path / "none.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ConfigError, match="Make it readable"):
        load.read_text(tmp_path / "folder.toml")


def test_questions_that_are_left_say_that_nothing_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    status, said = run("init", "--config", str(path), typed="local\n")
    assert (status, path.exists()) == (1, False)  # CliRunner's own status of an abort; the program has 130
    assert "nothing was written; --yes asks nothing" in said


def test_a_time_that_is_none_is_told_with_examples() -> None:
    with pytest.raises(ValueError, match=r"'yesterday' is no time such as \"2h\", \"7d\", \"2026-11-23\""):
        times.moment_of("yesterday", NOW)
    assert times.moment_of("2h", NOW) == NOW - 7200


def test_a_secret_that_is_missing_or_no_text_is_told_without_numbers_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as missing:
        load.read_secret(tmp_path / "secret", "key", "remedy")
    assert "cannot be read: No such file or directory" in str(missing.value.problems[0])
    assert "Errno" not in str(missing.value.problems[0])
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    (tmp_path / "secret").chmod(0o600)
    with pytest.raises(ConfigError) as odd:
        load.read_secret(tmp_path / "secret", "key", "remedy")
    assert "holds no secret: it is no plain text" in str(odd.value.problems[0])
