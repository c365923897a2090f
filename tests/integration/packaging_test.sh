#!/usr/bin/env bash
# Runs the scripts inside the Tekton Task and the GitHub action as their machinery would: inputs in the environment.
# Environment: AGENT_BINARY, AGENT_SOURCE_DIR.
set -uo pipefail
source_dir=${AGENT_SOURCE_DIR:?}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin" "$folder/temp"
ln -s "${AGENT_BINARY:?}" "$folder/bin/agent"
export PATH=$folder/bin:$PATH RUNNER_TEMP=$folder/temp TMPDIR=$folder/temp
export GITHUB_OUTPUT=$folder/output GITHUB_STEP_SUMMARY=$folder/summary
cd "$folder" || exit 1
failed=0

# The last `KEY: |` block of a YAML file: the lines after it, which go on to the file's end.
block() { tac "$2" | sed "/^ *$1: |\$/,\$d" | tac | sed 's/^        //'; }
block script "$source_dir/tekton/analyze-log.yaml" >task.sh
block run "$source_dir/.github/actions/analyze/action.yml" >action.sh
# shellcheck disable=SC2016
printf '%s\n' 'gcc -c main.c' "main.c:1:21: error: use of undeclared identifier 'x\"\$(touch pwned)'" \
  'make: *** [Makefile:2: main.o] Error 1' >'a log.txt'

expect() {
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else printf 'FAILED: %s\n' "$what"; failed=1; fi
}
equal() { [ "$1" = "$2" ] || { printf "'%s' is not '%s'\n" "$1" "$2"; false; }; }
holds() { grep -qF "$2" "$1" || { head -c 2000 "$1"; false; }; }

# task FAIL_ON: runs the Task's script; its exit code is in $code.
task() {
  LOG='a log.txt' FAIL_ON=$1 CAUSE=$folder/cause EVIDENCE=$folder/evidence sh task.sh >task.out 2>&1
  code=$?
}
task none
expect 'the task passes when nothing was asked to fail it' equal "$code" 0
expect 'the task prints the report' holds task.out 'undeclared identifier'
expect 'the cause is a result' holds cause "undeclared identifier 'x\"\$(touch pwned)'"
expect 'the cause is one line' equal "$(wc -l <cause)" 0
expect 'the evidence is a result' holds evidence 'main.c:1:21: error'
expect 'the results fit in 4 KiB' test $(($(stat -c %s cause) + $(stat -c %s evidence))) -lt 4096
task error
expect 'the task fails from a severity on' equal "$code" 1
expect 'its results are there all the same' holds evidence 'main.c:1:21: error'

# action COMMAND LOG: runs the action's script as GitHub runs bash.
action() {
  rm -f output summary
  touch output summary
  COMMAND=$1 LOG=$2 ARGS='--evidence-tokens 500' AGENT=agent bash --noprofile --norc -eo pipefail action.sh >action.out 2>&1
  code=$?
}
action '' 'a log.txt'
expect 'the action passes after it explained a log' equal "$code" 0
expect 'the action prints the report' holds action.out 'undeclared identifier'
expect 'the summary has the report' holds summary 'undeclared identifier'
expect 'the report is an output' holds "$(sed -n 's/^report=//p' output)" '"verdict": "failing"'
action 'cat "a log.txt"; exit 3' ''
expect "the action keeps its command's exit code" equal "$code" 3
expect 'the summary has the report of the command' holds summary 'undeclared identifier'
action 'echo fine' ''
expect 'a passing command passes' equal "$code" 0
expect 'a passing command adds nothing' equal "$(cat action.out output summary)" fine
action '' ''
expect 'neither command nor log is an error' equal "$code" 2
expect 'no text of a log was run' test ! -e pwned
exit $failed
