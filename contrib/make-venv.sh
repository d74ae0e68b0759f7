#!/bin/sh
# Makes .venv/ at the top of the checkout and installs the project with its development tools into it.
# A bare Debian has Python and pip but not always python3-venv (ensurepip): then the system's pip fills the environment.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "watchconvert needs Python 3.11 or later; $python is $("$python" --version 2>&1). Set PYTHON=/path/to/python3.11" >&2
    exit 1
}
[ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null || rm -rf .venv
if [ ! -d .venv ]; then
    "$python" -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; "$python" -m venv --without-pip .venv; }
fi
if .venv/bin/python -m pip --version >/dev/null 2>&1; then
    pip=".venv/bin/python -m pip"
else
    pip="$python -m pip --python .venv/bin/python"
fi
echo "Setting up .venv (a minute or two, once) ..."
$pip install --quiet --disable-pip-version-check --no-input -e '.[dev]'
# The bindings to libsystemd need its C headers; without them the daemon speaks the notify protocol by itself.
if command -v pkg-config >/dev/null 2>&1 && pkg-config --exists libsystemd 2>/dev/null; then
    $pip install --quiet --disable-pip-version-check --no-input -e '.[systemd]' || echo "systemd-python was not installed; going on without"
fi
