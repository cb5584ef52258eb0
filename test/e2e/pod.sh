#!/usr/bin/env bash
# Runs a command as if in a pod: a network, mounts and a resolver of its own, and root inside only; with --root first, as the real root,
# for what makes containers itself.
set -euo pipefail
if [ "${1:-}" != --inside ]; then
  flags=(--user --map-root-user --net --mount)
  if [ "${1:-}" = --root ]; then
    shift
    flags=(--net --mount)
  elif ! unshare "${flags[@]}" true 2>/dev/null; then
    flags=(--net --mount)
  fi
  exec unshare "${flags[@]}" -- bash "$0" --inside "$@"
fi
shift
ip link set lo up
resolv=$(mktemp)
echo 'nameserver 127.0.0.1' >"$resolv"
mount --bind "$resolv" /etc/resolv.conf
rm -f "$resolv"
exec "$@"
