#!/usr/bin/env bash
# Lays what the tests of MCP use: clients and servers as their registries have them, Node's and Python's. Says what could not be had; the
# tests skip it.
set -uo pipefail
cd "$(dirname "$0")"
to=$(cd ../../../.. && pwd)/node_modules
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

lay_python() {
  timeout 240 /usr/bin/python3 -m pip install --quiet --no-compile --target "$to/.python-mcp" mcp==2.3.0 fastmcp==4.0.10
}

# Each in a place of its own, so that one that is not to be had costs no other.
lay_node() {
  local place=$1
  shift
  mkdir -p "$to/.mcp/$place" && cd "$to/.mcp/$place" &&
    PATH="$to/.bin:$PATH" timeout 300 npm install --silent --no-audit --no-fund --no-save --prefix . "$@"
}

lay_servers() {
  lay_node servers @modelcontextprotocol/server-{everything,filesystem,memory}@2026.8.31 @modelcontextprotocol/sdk@1.32.2
}
lay_conformance() { lay_node conformance @modelcontextprotocol/conformance@0.1.16; }
lay_inspector() { lay_node inspector @modelcontextprotocol/inspector@2.12.0; }
lay_mcp_remote() { lay_node mcp-remote mcp-remote@0.15.1; }
lay_langchain() { lay_node langchain @langchain/mcp-adapters@1.1.4 @langchain/core; }
lay_claude() { lay_node claude @anthropic-ai/claude-code@2.1.197; }

lay() {
  "$1" >"$log/$1" 2>&1 && return
  printf 'not installed: %s: %s\n' "$1" "$(tail -n 1 "$log/$1")"
}

(
  for name in lay_servers lay_conformance lay_inspector; do lay "$name"; done
) &
(
  for name in lay_python lay_mcp_remote lay_langchain lay_claude; do lay "$name"; done
) &
wait
