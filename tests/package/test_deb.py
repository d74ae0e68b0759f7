"""The Debian package: what is in it, what it asks for, and what its scripts do."""

import itertools
import os
import re
import shutil
import stat
import subprocess
import tomllib
from email.parser import Parser
from pathlib import Path

import pytest

from tests.package.building import ROOT, SITE, WHEN, Built, run
from watchconvert import __version__

SCRIPTS = sorted((ROOT / "contrib" / "debian").glob("watchconvert*.p[or]*"))
LINTIAN = shutil.which("lintian")
SHELLCHECK = shutil.which("shellcheck")


def files(built: Built) -> dict[str, Path]:
    """Return every file and link of the package by its place."""
    return {
        str(path.relative_to(built.tree)): path
        for path in built.tree.rglob("*")
        if not path.is_dir() or path.is_symlink()
    }


def test_the_package_says_what_it_needs(built: Built) -> None:
    control = Parser().parsestr((built.scripts / "control").read_text())
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    minors = sorted(int(found[1]) for each in classifiers if (found := re.search(r"Python :: 3\.(\d+)$", each)))
    assert (control["Package"], control["Architecture"]) == ("watchconvert", "all")
    assert control["Version"].startswith(f"{__version__}+")
    depends = control["Depends"].split(", ")
    assert f"python3 (>= 3.{minors[0]})" in depends
    assert f"python3 (<< 3.{minors[-1] + 1})" in depends
    assert {"python3-systemd", "ca-certificates"} <= set(depends)
    assert any("systemd-sysusers" in each for each in depends)


def test_everything_is_in_its_place(built: Built) -> None:
    names = files(built)
    unit = next(name for name in names if name.endswith("lib/systemd/system/watchconvert.service"))
    assert names[unit].read_bytes() == (ROOT / "contrib" / "systemd" / "watchconvert.service").read_bytes()
    assert names["etc/watchconvert/watchconvert.toml"].read_bytes() == (ROOT / "etc" / "watchconvert.toml").read_bytes()
    schema = names["usr/share/watchconvert/watchconvert.schema.json"].read_bytes()
    assert schema == (ROOT / "etc" / "watchconvert.schema.json").read_bytes()
    wanted = {
        "usr/bin/watchconvert", "usr/lib/sysusers.d/watchconvert.conf", "usr/lib/tmpfiles.d/watchconvert.conf",
        "usr/share/man/man1/watchconvert.1.gz", "usr/share/man/man5/watchconvert.toml.5.gz",
        "usr/share/bash-completion/completions/watchconvert", "usr/share/zsh/vendor-completions/_watchconvert",
        "usr/share/fish/vendor_completions.d/watchconvert.fish", "usr/share/doc/watchconvert/copyright",
        "usr/share/doc/watchconvert/changelog.Debian.gz", "usr/share/doc/watchconvert/operating.md.gz",
    }  # fmt: skip
    assert wanted - names.keys() == set()
    strangers = {name for name in names if not name.startswith(("etc/watchconvert/", "usr/", "lib/systemd/system/"))}
    assert strangers == set()


def test_the_sample_configuration_is_the_one_conffile(built: Built) -> None:
    assert (built.scripts / "conffiles").read_text().split() == ["/etc/watchconvert/watchconvert.toml"]


def test_the_launcher_is_the_environment_s_own(built: Built) -> None:
    launcher = built.tree / "usr/bin/watchconvert"
    assert os.readlink(launcher) == "../lib/watchconvert/bin/watchconvert"
    program = built.tree / "usr/lib/watchconvert/bin/watchconvert"
    assert program.read_text().splitlines()[0] == "#!/usr/lib/watchconvert/bin/python3 -I"
    assert program.stat().st_mode & 0o777 == 0o755
    assert os.readlink(built.tree / "usr/lib/watchconvert/bin/python3") == "../../../bin/python3"
    assert "include-system-site-packages = false" in (built.tree / "usr/lib/watchconvert/pyvenv.cfg").read_text()


def test_the_program_in_the_package_runs_and_sees_nothing_of_the_system(built: Built, tmp_path: Path) -> None:
    environment = tmp_path / "watchconvert"
    shutil.copytree(built.tree / "usr/lib/watchconvert", environment, symlinks=True)
    (environment / "bin" / "python3").unlink()
    (environment / "bin" / "python3").symlink_to("/usr/bin/python3")
    python = environment / "bin" / "python3"
    assert run(python, "-I", "-m", "watchconvert", "--version") == f"watchconvert {__version__}\n"
    assert run(python, "-I", "-c", "import watchconvert.faces.web.serve, markupsafe; print(markupsafe.__name__)")
    assert "No module named" in subprocess.run(
        [python, "-I", "-c", "import pip"], capture_output=True, text=True, check=False, cwd="/"
    ).stderr  # fmt: skip


def test_nothing_is_compiled_and_nothing_names_this_machine(built: Built) -> None:
    names = files(built)
    assert not [name for name in names if name.endswith((".so", ".pyc", "/RECORD", "direct_url.json"))]
    told = [
        name
        for name, path in names.items()
        if path.is_file() and not path.is_symlink() and str(ROOT).encode() in path.read_bytes()
    ]
    assert told == []


def test_the_built_in_server_is_in_the_other_package(built: Built) -> None:
    names = files(built)
    assert f"{SITE}/watchconvert/engine/advance.py" in names
    assert not [name for name in names if name.startswith(f"{SITE}/watchconvert/localapi")]


def test_certificates_are_the_system_s(built: Built) -> None:
    assert os.readlink(built.tree / SITE / "certifi/cacert.pem") == "/etc/ssl/certs/ca-certificates.crt"


def test_every_date_is_that_of_the_commit(built: Built) -> None:
    late = [name for name, path in files(built).items() if path.lstat().st_mtime > WHEN]
    assert late == []


def test_everything_belongs_to_root_and_only_root_may_write(built: Built) -> None:
    assert built.deb is not None
    listed = run("dpkg-deb", "--contents", built.deb).splitlines()
    assert listed
    wrong = [line for line in listed if line.split()[1] != "root/root" or (line[0] != "l" and line[8] == "w")]
    assert wrong == []
    assert not [path for path in files(built).values() if path.lstat().st_mode & (stat.S_ISUID | stat.S_ISGID)]


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_a_maintainer_script_is_sound(built: Built, script: str) -> None:
    path = built.scripts / script
    run("sh", "-n", path)
    assert path.read_text().startswith("#!/bin/sh\nset -e\n")


def test_the_service_is_enabled_and_not_started_at_first(built: Built) -> None:
    told = (built.scripts / "postinst").read_text()
    assert "deb-systemd-helper enable 'watchconvert.service'" in told
    assert re.search(r'if \[ -n "\$2" \]; then\s+deb-systemd-invoke try-restart \'watchconvert.service\'', told)
    assert "deb-systemd-invoke start" not in told
    assert told.index("systemd-sysusers") < told.index("deb-systemd-helper enable")
    assert re.search(r'"\$1" = remove.*?deb-systemd-invoke stop', (built.scripts / "prerm").read_text(), re.DOTALL)
    assert not (built.scripts / "preinst").exists(), "it would stop the service before an upgrade"


@pytest.mark.skipif(SHELLCHECK is None, reason="shellcheck is not installed")
def test_the_shell_has_nothing_to_say_against_our_scripts() -> None:
    others = [ROOT / "contrib" / "debian" / name for name in ("build.sh", "assemble", "rtupdate")]
    run("shellcheck", *SCRIPTS, *others, ROOT / "contrib" / "test-pythons.sh")


def test_the_changelog_is_that_of_the_project(built: Built) -> None:
    said = run("dpkg-parsechangelog", "-l", built.tree / "usr/share/doc/watchconvert/changelog.Debian.gz")
    assert f"Version: {__version__}+" in said
    first = re.search(r"^- (.+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first
    assert first[1][:60] in said


def test_every_library_has_its_licence(built: Built) -> None:
    told = (built.tree / "usr/share/doc/watchconvert/copyright").read_text()
    libraries = {path.name.removesuffix(".dist-info") for path in (built.tree / SITE).glob("*.dist-info")}
    assert len(libraries) > 5
    assert {each for each in libraries if f"/{each}.dist-info/*" not in told} == {f"watchconvert-{__version__}"}
    assert told.count("\nLicense: ") == told.count("\nFiles: ") == told.count("\nCopyright: ") == len(libraries)
    assert not re.search(r"\n[^ \n]\S*[^:\s]\n", told), "a line of a text that is not one step in"


@pytest.mark.skipif(LINTIAN is None, reason="lintian is not installed")
def test_lintian_finds_nothing(built: Built) -> None:
    assert built.tree
    assert built.deb is not None
    done = subprocess.run(["lintian", built.deb], capture_output=True, text=True, check=False)
    assert [line for line in done.stdout.splitlines() if line[:2] in {"E:", "W:"}] == []


def test_an_override_has_its_reason_above_it() -> None:
    for path in (ROOT / "contrib" / "debian").glob("*.lintian-overrides"):
        lines = path.read_text().splitlines()
        assert lines[0].startswith("#")
        bare = [after for before, after in itertools.pairwise(lines) if not (before + after).count("#")]
        assert bare == []
