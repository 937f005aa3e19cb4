#!/bin/sh
# enter-tree.sh TREE FOLDER COMMAND…: runs a command of a tree of Debian's files (debian-tree.mjs), which sees the tree as
# `/` and of this host only FOLDER, at the same path. What is mounted for it is in a mount namespace of its own, and goes
# with it.
exec unshare --mount -- sh -ec '
tree=$1 folder=$2
shift 2
mount -t tmpfs tmpfs "$tree/tmp"
mkdir -p "$tree$folder"
mount --bind "$folder" "$tree$folder"
mount -t tmpfs tmpfs "$tree/run"
mount -t proc proc "$tree/proc"
mount --rbind /dev "$tree/dev"
exec chroot "$tree" "$@"' enter-tree.sh "$@"
