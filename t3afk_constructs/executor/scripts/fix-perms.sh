#!/bin/sh
# Give the volume to the user that T3 runs as:   fix-perms FOLDER UID GID
#
# Runs as root in busybox, before everything else, on every start. The top of the volume tells whether there is work:
#   UID:GID, mode 2775   nothing to do, whatever lies below: a walk over 30 GiB on NFS takes minutes;
#   UID:GID, other mode  only the top is mended. Setgid is what lets the kubelet skip its own walk (OnRootMismatch);
#   any other owner      a fresh export or a restored one: everything below changes hands, then the top.
# The top goes last, so that a walk that was cut off is done again.
#
# Needs CHOWN, FOWNER (the mode of a folder that is no longer root's) and DAC_OVERRIDE (to walk into private folders),
# and GID among its own groups: without that, or FSETID, chmod drops the setgid bit without a word.
set -u

folder=$1 owner=$2:$3

fail() {
    echo "fix-perms: $1" >&2
    exit 1
}

top=$(stat -c %u:%g:%a "$folder") || fail "there is no $folder: mount the volume there"
[ "$top" = "$owner:2775" ] && exit 0

way_out="an NFS export has to be read-write with no_root_squash, or belong to $owner with mode 2775 already"
if [ "${top%:*}" != "$owner" ]; then
    find "$folder" -mindepth 1 -maxdepth 1 -exec chown -Rh "$owner" {} + || fail "cannot give what is in $folder to $owner: $way_out"
    chown "$owner" "$folder" || fail "cannot give $folder to $owner: $way_out"
fi
chmod 2775 "$folder" || fail "cannot set mode 2775 on $folder: $way_out"

top=$(stat -c %u:%g:%a "$folder")
[ "$top" = "$owner:2775" ] || fail "$folder stays $top instead of $owner:2775: $way_out"
