#!/usr/bin/env bash
# Lays Google's clients: npm's here, PyPI's in the workspace's node_modules. Says what could not be had.
set -uo pipefail
cd "$(dirname "$0")"
to=$(cd ../../../.. && pwd)/node_modules
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

lay_npm() {
  timeout 400 npm install --no-audit --no-fund --no-package-lock --ignore-scripts
}

lay_python() {
  timeout 240 /usr/bin/python3 -m pip install --quiet --no-compile --target "$to/.python-gcp" \
    google-cloud-storage==3.17.1 google-cloud-pubsub==2.44.0 gcsfs==2026.10.1
}

lay() {
  "$1" >"$log/$1" 2>&1 && return
  printf 'not installed: %s: %s\n' "$1" "$(tail -n 1 "$log/$1")"
}

lay lay_npm &
lay lay_python &
wait
