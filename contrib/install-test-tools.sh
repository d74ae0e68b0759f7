#!/bin/sh
# Installs the programs that the tests drive: real writers, mounts, injected faults, power cuts. Without them those tests skip and say so.
# On Debian and its kin, as root; elsewhere it names what to install and fails nothing.
# With the word "machines" it installs what `make e2e-systemd` boots machines with, instead.
set -eu
packages="acl chromium chromium-driver debhelper e2fsprogs fish fuse3 gcc libsystemd-dev lintian lsof man-db mandoc mount openssh-client
openssh-sftp-server pkg-config python3-dev python3-pip rsync samba shellcheck smbclient sshfs strace systemd xfsprogs zsh"
pairs="setfacl:acl chromium:chromium chromedriver:chromium-driver fusermount3:fuse3 lsof:lsof scp:openssh-client /usr/lib/openssh/sftp-server:openssh-sftp-server
rsync:rsync smbd:samba smbclient:smbclient sshfs:sshfs strace:strace
losetup:mount mkfs.ext4:e2fsprogs mkfs.xfs:xfsprogs journalctl:systemd gcc:gcc pkg-config:pkg-config
dh:debhelper lintian:lintian man:man-db mandoc:mandoc shellcheck:shellcheck zsh:zsh fish:fish"
machines=""
if [ "${1:-}" = machines ]; then
    machines=yes
    packages="debian-archive-keyring e2fsprogs iproute2 mmdebstrap mount systemd-container util-linux"
    pairs="/usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring mke2fs:e2fsprogs ip:iproute2
    mmdebstrap:mmdebstrap losetup:mount systemd-nspawn:systemd-container nsenter:util-linux"
fi
missing=""
for pair in $pairs; do
    [ -e "${pair%:*}" ] || PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done

[ -n "$machines" ] || [ ! -e /usr/bin/python3 ] || /usr/bin/python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"

# The bindings to systemd's library are built, and tried against the real journal.
cd "$(dirname "$0")/.."
python=.venv/bin/python
[ -x "$python" ] || python=${PYTHON:-python3}
[ -n "$machines" ] || "$python" -c 'import systemd' 2>/dev/null || {
    has_headers="import os, sysconfig; raise SystemExit(not os.path.exists(sysconfig.get_path('include') + '/Python.h'))"
    "$python" -c "$has_headers" || missing="$missing python3-dev"
    pkg-config --exists libsystemd 2>/dev/null || missing="$missing libsystemd-dev"
}
build_bindings() {
    if [ -z "$machines" ] && [ -x .venv/bin/python ] && pkg-config --exists libsystemd 2>/dev/null; then
        .venv/bin/python -c 'import systemd' 2>/dev/null || sh contrib/make-venv.sh
    fi
}

[ -n "$missing" ] || { build_bindings; exit 0; }
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "*** Some tests will be SKIPPED: not installed here:$missing" >&2
    echo "*** As root on Debian this script installs them; otherwise install: $packages" >&2
    exit 0
fi
echo "Installing what the tests drive:$missing ..."
export DEBIAN_FRONTEND=noninteractive
# A server that its package would start is of no use here, and may not be welcome.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
log=$(mktemp)
# shellcheck disable=SC2086 # a list of words
if { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
    rm -f "$log"
    build_bindings
else
    echo "*** Some tests will be SKIPPED: apt-get could not install$missing:" >&2
    tail -5 "$log" >&2
    rm -f "$log"
fi
