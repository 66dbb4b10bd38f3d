#!/bin/bash
# Runs scripts on a machine of their own, in namespaces of mounts and of the name: homes, accounts, programs and state are
# private, it is the document's `worker`, and ssh, rsync and systemctl lead to itself. Tells each command that fails.
#
# machine.sh FOLDER SCRIPT…: the folder has `bin`, programs for /usr/local/bin, and `accounts`, lines of passwd(5).
set -eu
folder=$1
shift
hostname worker
# Without owners, which a namespace of users may not know, and without what only root may read.
cp -dR --preserve=mode,links /etc "$folder/etc" 2>/dev/null || [ -e "$folder/etc/passwd" ]
cat "$folder/accounts" >>"$folder/etc/passwd"
sed -E 's/^([^:]*):x:[0-9]*:([0-9]*):.*/\1:x:\2:/' "$folder/accounts" >>"$folder/etc/group"
mount --bind "$folder/etc" /etc
mount --bind "$folder/bin" /usr/local/bin
for private in /home /root /var/lib /run; do
    mount -t tmpfs -o mode=0755 private "$private"
done
while IFS=: read -r name _ user group _ home _; do
    install -d -o "$user" -g "$group" "$home" "$home/app-versioned" "$home/app-versioned/1"
    ln -s app-versioned/1 "$home/app"
    chown -h "$user:$group" "$home/app"
done <"$folder/accounts"
export HOME=/root PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin GIT_EDITOR=true MACHINE=$folder
mkdir -p /root/rpconf
for script; do
    echo "== $script"
    { echo "trap 'echo \"failed with \$?: \$BASH_COMMAND\"' ERR" && cat "$script"; } >"$script.told"
    # The token is typed where it is asked for.
    bash "$script.told" <"$folder/token" 2>&1 || true
    if [ -e /run/asked ]; then cat /run/asked && rm /run/asked; fi
done
