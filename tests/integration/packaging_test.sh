#!/usr/bin/env bash
# Runs the step of the Tekton Task and the script of the GitHub action as their machinery would.
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
# The step's arguments, which end the file.
mapfile -t task_args < <(sed '1,/^      args:$/d; s/^ *- //' "$source_dir/tekton/analyze-log.yaml")
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

# task FAIL_ON [FLAG…]: runs the Task's step, with flags in place of its own; its exit code is in $code.
mkdir results
task() {
  local words=() word
  for word in "${task_args[@]}"; do
    word=${word//'$(params.log)'/a log.txt} word=${word//'$(params.fail-on)'/$1}
    word=${word//'/tekton/results'/$folder/results}
    # shellcheck disable=SC2016
    if [ "$word" = '$(params.args[*])' ]; then words+=("${@:2}"); else words+=("$word"); fi
  done
  rm -f results/*
  XDG_STATE_HOME=$folder/state agent analyze "${words[@]}" >task.out 2>&1
  code=$?
}
task none --offline
expect 'the task passes when nothing was asked to fail it' equal "$code" 0
expect 'the task prints the report' holds task.out 'undeclared identifier'
expect 'the verdict is a result' equal "$(cat results/verdict)" failing
expect 'the cause is a result' holds results/cause "undeclared identifier 'x\"\$(touch pwned)'"
expect 'the cause is one line' equal "$(wc -l <results/cause)" 0
expect 'the evidence is a result' holds results/evidence 'main.c:1:21: error'
expect 'the results fit in 4 KiB' test "$(cat results/* | wc -c)" -lt 4096
expect 'the task declares each result, and no other' equal "$(ls results)" \
  "$(sed -n '/^  results:/,/^  steps:/s/^    - name: //p' "$source_dir/tekton/analyze-log.yaml" | sort)"
task error --offline
expect 'the task fails from a severity on' equal "$code" 1
expect 'its results are there all the same' holds results/evidence 'main.c:1:21: error'
SLACK_WEBHOOK_URL=http://127.0.0.1:9/x task none --notify=slack
expect 'the task tells a chat' holds task.out 'not delivered to slack: '
expect 'the task fails where that fails' equal "$code" 8
expect 'it has its results then, too' holds results/evidence 'main.c:1:21: error'

# action COMMAND LOG [VARIABLE=VALUE…]: runs the action's script as GitHub runs bash.
action() {
  rm -f output summary
  touch output summary
  env COMMAND="$1" LOG="$2" ARGS='--evidence-tokens 500' AGENT=agent GITHUB_ACTIONS=true "${@:3}" \
    bash --noprofile --norc -eo pipefail action.sh >action.out 2>&1
  code=$?
}
# output NAME: its value, as the runner reads it.
output() { awk -v name="$1" '!end && index($0, name "<<") == 1 {end = substr($0, length(name) + 3); next}
  end && $0 == end {end = ""; exit} end' output; }
action '' 'a log.txt'
expect 'the action passes after it explained a log' equal "$code" 0
expect 'the action prints the report' holds action.out 'undeclared identifier'
expect 'the action annotates the line' holds action.out '::error file=main.c,line=1,'
expect 'the summary has the report' holds summary 'undeclared identifier'
expect 'the verdict is an output' equal "$(output verdict)" failing
expect 'the cause is an output' equal "$(output cause)" "main.c:1: error: use of undeclared identifier 'x\"\$(touch pwned)'"
expect 'the report is an output' holds "$(output report)" '"verdict": "failing"'
action 'cat "a log.txt"; exit 3' ''
expect "the action keeps its command's exit code" equal "$code" 3
expect 'the summary has the report of the command' holds summary 'undeclared identifier'
action 'echo fine' ''
expect 'a passing command passes' equal "$code" 0
expect 'a passing command adds nothing' equal "$(cat action.out output summary)" fine
action '' ''
expect 'neither command nor log is an error' equal "$code" 2

# To a place that nobody listens at: what fails tells that the secret came there.
places=(NOTIFY='slack webhook' TOKEN=t0ken SLACK=http://127.0.0.1:9/s1ack WEBHOOK=http://127.0.0.1:9/h00k
  WEBHOOK_SECRET=s3cret XDG_STATE_HOME="$folder/state")
printf '%s\n' t0ken s1ack h00k s3cret >secrets
action 'env | grep -f secrets >leaked || true; cat /dev/fd/63 >>leaked || true; cat "a log.txt"; exit 3' '' "${places[@]}"
expect 'the command keeps its code where a place fails' equal "$code" 3
expect 'the report goes to Slack' holds action.out 'not delivered to slack: '
expect 'the report goes to the webhook' holds action.out 'not delivered to webhook: '
expect 'the command has no secret' equal "$(cat leaked)" ''
expect 'nothing prints a secret' equal "$(grep -cf secrets action.out)" 0
action '' 'a log.txt' FILE_ISSUE=github GITHUB_API_URL=http://127.0.0.1:9 GITHUB_REPOSITORY=octo/app "${places[@]}"
expect 'a place that fails is told by the exit code' equal "$code" 8
expect 'an issue is filed' holds action.out 'not delivered to github octo/app at http://127.0.0.1:9'
action '' 'a log.txt' COMMENT_PR=3 GITEA_ACTIONS=true GITHUB_SERVER_URL=http://127.0.0.1:9 GITHUB_REPOSITORY=octo/app \
  TOKEN=t0ken XDG_STATE_HOME="$folder/state"
expect "inside Gitea's Actions it is the forge" holds action.out \
  'not delivered to gitea octo/app pull request 3 at http://127.0.0.1:9'
expect 'no text of a log was run' test ! -e pwned
exit $failed
