#!/bin/sh
# `make deb`: builds watchconvert_*.deb and watchconvert-local_*.deb into dist/, for this release of Debian.
#
# It unpacks the sdist, puts contrib/debian there as debian/ and runs dpkg-buildpackage; debian/rules and debian/assemble
# tell the rest. pip fetches the libraries from its index; nothing else comes from a network, and nothing is compiled.
# Two runs with the same libraries make the same bytes: every date is that of the last commit.
set -eu
cd "$(dirname "$0")/../.."
out=${OUT:-dist}
missing=""
for program in dh:debhelper dpkg-buildpackage:dpkg-dev; do
    command -v "${program%:*}" >/dev/null 2>&1 || missing="$missing ${program#*:}"
done
/usr/bin/python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"
[ -z "$missing" ] || { echo "To build the Debian packages: apt install$missing" >&2; exit 1; }

version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' watchconvert/__init__.py)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
# Who answers for the package: whoever builds it (the two variables are Debian's), else whoever committed last.
maintainer=$(git log -1 --format='%an <%ae>' 2>/dev/null || echo "watchconvert <root@$(hostname)>")
[ -z "${DEBEMAIL:-}" ] || maintainer="${DEBFULLNAME:-watchconvert} <$DEBEMAIL>"
export SOURCE_DATE_EPOCH

work=${WORK:-build/deb}
rm -rf "$work"
mkdir -p "$work" "$out"
tar -xzf "$out/watchconvert-$version.tar.gz" -C "$work"
tree=$work/watchconvert-$version
cp -r "$tree/contrib/debian" "$tree/debian"
mkdir "$tree/debian/wheel"
cp "$out/watchconvert-$version-py3-none-any.whl" "$tree/debian/wheel/"
for part in service sysusers tmpfiles; do
    cp "$tree/contrib/systemd/watchconvert.$part" "$tree/debian/"
done
"${PYTHON:-.venv/bin/python}" "$tree/contrib/make-man.py" "$tree/debian/man"
sed -i "s/^Maintainer: .*/Maintainer: $maintainer/" "$tree/debian/control"
# The release of Debian is part of the version, so that after an upgrade of the system its own build is the newer one.
# shellcheck source=/dev/null
. /etc/os-release
/usr/bin/python3 "$tree/debian/changelog.py" "$version+${ID}${VERSION_ID:-0}" "${VERSION_CODENAME:-unstable}" "$maintainer" \
    <"$tree/CHANGELOG.md" >"$tree/debian/changelog"

log=$work/build.log
# PARTS=all: the daemon's package alone, which is quicker. What is needed was looked for above: the compiler that dpkg
# asks for beside it is not, as nothing is compiled.
(cd "$tree" && dpkg-buildpackage --no-check-builddeps --build="${PARTS:-binary}" --unsigned-source --unsigned-changes) >"$log" 2>&1 || {
    tail -40 "$log" | cut -c -300 >&2
    echo "The whole of it: $log" >&2
    exit 1
}
rm -f "$out"/watchconvert_*.deb "$out"/watchconvert-local_*.deb
mv "$work"/*.deb "$out/"
ls "$out"/*.deb
