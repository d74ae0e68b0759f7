#!/bin/sh
# Installs the programs that the tests drive: real writers, mounts, injected faults, power cuts. Without them those tests skip and say so.
# On Debian and its kin, as root; elsewhere it names what to install and fails nothing.
set -eu
packages="acl e2fsprogs fuse3 lsof mount openssh-client openssh-sftp-server rsync samba smbclient sshfs strace xfsprogs"
missing=""
for pair in setfacl:acl fusermount3:fuse3 lsof:lsof scp:openssh-client /usr/lib/openssh/sftp-server:openssh-sftp-server \
    rsync:rsync smbd:samba smbclient:smbclient sshfs:sshfs strace:strace \
    losetup:mount mkfs.ext4:e2fsprogs mkfs.xfs:xfsprogs; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0
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
else
    echo "*** Some tests will be SKIPPED: apt-get could not install$missing:" >&2
    tail -5 "$log" >&2
    rm -f "$log"
fi
