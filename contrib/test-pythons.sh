#!/bin/sh
# `make pythons`: for each Python that the project says it runs on and that is found here, installs the wheel into an
# environment of its own and runs the tests that start no process, against what was installed. PYTHONS="3.13" takes some.
set -eu
cd "$(dirname "$0")/.."
work=build/pythons
wheel=$(echo "$PWD"/dist/watchconvert-*-py3-none-any.whl)
versions=${PYTHONS:-$(sed -n 's/.*"Programming Language :: Python :: \(3\.[0-9]*\)".*/\1/p' pyproject.toml)}
rm -rf "$work"
mkdir -p "$work"
failed=""
for version in $versions; do
    python=""
    for candidate in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
        [ -n "$python" ] || ! "$candidate" -c '' 2>/dev/null || python=$candidate
    done
    if [ -z "$python" ]; then
        echo "*** Python $version: SKIPPED, it is not installed here"
        continue
    fi
    tree=$PWD/$work/$version
    mkdir "$tree"
    tar -xzf dist/watchconvert-*.tar.gz -C "$tree" --strip-components=1
    "$python" -m venv "$tree/env"
    "$tree/env/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "${wheel}[dev]"
    # The tests read sources too: they find those that were installed, and no others.
    rm -r "$tree/watchconvert"
    ln -s "$("$tree/env/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/watchconvert" "$tree/watchconvert"
    echo "*** Python $("$tree/env/bin/python" -c 'import platform; print(platform.python_version())')"
    (cd "$tree" && env/bin/pytest -p no:cacheprovider -n "${JOBS:-$(nproc)}" tests/core tests/adapters tests/engine tests/faces) ||
        failed="$failed $version"
done
[ -z "$failed" ] || { echo "*** failed with:$failed" >&2; exit 1; }
