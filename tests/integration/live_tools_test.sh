#!/usr/bin/env bash
# Lets real tool chains fail, here and now, under `agent analyze -- COMMAND`, on the projects of the captures: a tool's
# newer version that words its failures differently shows here first. Tools: PATH, then AGENT_TEST_CACHE/bin. None of
# these needs a network. Environment: AGENT_BINARY, AGENT_SOURCE_DIR.
set -uo pipefail
agent=${AGENT_BINARY:?}
captures=${AGENT_SOURCE_DIR:?}/tests/data/captures
export PATH=$PATH:${AGENT_TEST_CACHE:-$HOME/.cache/agent-tests}/bin LANG=C.UTF-8 TERM=dumb CI=true
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
failed=0
ran=0

# meta CASE KEY: what the case's script says of itself. expected CASE KEY: a value of its expected.json.
meta() { sed -n "s/^# $2: *//p" "$captures/$1/run" | head -n 1; }
expected() { sed -n "s/^  \"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\$/\1/p" "$captures/$1/expected.json"; }
missing() {
  local tool
  for tool in $(meta "$1" needs); do command -v "$tool" >/dev/null || { echo "$tool"; return; }; done
}

live() {
  local case=$1 code=0 lacks category
  lacks=$(missing "$case")
  [ -z "$lacks" ] || { echo "skipped: $case: no $lacks"; return; }
  mkdir "$folder/$case"
  [ ! -d "$captures/$case/project" ] || cp -R "$captures/$case/project/." "$folder/$case/"
  (cd "$folder/$case" && timeout 300 "$agent" analyze --offline --report "$folder/$case.json" -- "$(meta "$case" shell | grep . || echo sh)" "$captures/$case/run") \
    >"$folder/$case.log" 2>&1 </dev/null || code=$?
  category=$(sed -n 's/^  "category": "\(.*\)",$/\1/p' "$folder/$case.json")
  ran=$((ran + 1))
  if [ "$code" = "$(expected "$case" exit_code)" ] && [ "$category" = "$(expected "$case" category)" ]; then
    echo "ok: $case: exit code $code, $category"
  else
    printf "FAILED: %s: exit code %s, category '%s', not %s, '%s'\n" "$case" "$code" "$category" "$(expected "$case" exit_code)" "$(expected "$case" category)"
    tail -n 40 "$folder/$case.log"
    failed=1
  fi
}

for case in gcc-compile-error gcc-missing-header ld-undefined-reference make-missing-target make-recipe-failed \
  ctest-failure go-test-table go-vet go-compile-error cargo-compile-borrow javac-error java-exception pytest-assertion \
  unittest-failure python-traceback node-unhandled shell-unbound shell-not-found; do
  live "$case"
done
echo "$ran ran"
[ "$ran" -gt 0 ] && exit $failed
