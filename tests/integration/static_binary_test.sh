#!/usr/bin/env bash
# The release binary is at home anywhere: static-pie, stripped, small, and it runs where there is nothing else.
# Environment: AGENT_BINARY.
set -uo pipefail
agent=${AGENT_BINARY:?}
limit_bytes=$((14 * 1000 * 1000))
failed=0
expect() {
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else printf 'FAILED: %s\n' "$what"; failed=1; fi
}

headers=$(readelf -lhd "$agent")
# A string, not a pipe: grep -q ends early, and with pipefail its writer's SIGPIPE would count as a failure.
has() { grep -qE "$1" <<<"$headers"; }
lacks() { ! has "$1"; }
no_symbols() { ! readelf -SW "$agent" | grep -F '.symtab' >/dev/null; }
small() { [ "$(stat -c %s "$agent")" -le "$limit_bytes" ]; }
expect 'is position independent' has 'Type: +DYN'
expect 'asks for no loader' lacks INTERP
expect 'needs no library' lacks NEEDED
expect 'is stripped' no_symbols
expect "takes $(stat -c %s "$agent") bytes of at most $limit_bytes" small

# An empty root: no /proc, no /etc, no library, no loader. Only root may change it, or a user of an own namespace.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cp "$agent" "$root/agent"
printf 'gcc -c main.c\nmain.c:3:5: error: unknown type name '\''strng'\''\nmake: *** [Makefile:2: main.o] Error 1\n' >"$root/log.txt"
chmod -R a+rX "$root"
if [ "$(id -u)" = 0 ]; then
  inside() { chroot "$root" "$@"; }
elif unshare -r true 2>/dev/null; then
  inside() { unshare -r chroot "$root" "$@"; }
else
  echo 'skipped: empty root: neither root nor allowed to make a user namespace'
  exit $failed
fi
version() { inside /agent --version | grep -E '^agent [0-9]+\.' >/dev/null; }
evidence() { inside /agent analyze --offline --log /log.txt --print evidence | grep -F "unknown type name 'strng'" >/dev/null; }
report() { inside /agent analyze --offline --log /log.txt | grep -F 'strng' >/dev/null; }
expect 'tells its version in an empty root' version
expect 'extracts the evidence of a log in an empty root' evidence
expect 'explains a log in an empty root' report
exit $failed
