#!/usr/bin/env bash
# Sources the completion in bash, types command lines, and compares what is offered. Environment: AGENT_BINARY.
set -uo pipefail
agent=${AGENT_BINARY:?}
# shellcheck source=../../completions/agent.bash
source <("$agent" completion bash)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
touch build.log build.txt
failed=0

# typed WORD…: what is offered when the last word is being typed. bash hands "--a=b" over as three words.
typed() {
  COMP_WORDS=(agent "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _agent
  printf '%s\n' "${COMPREPLY[@]}"
}

# offers EXPECTED WORD…: exactly these, in any order.
offers() {
  local expected got
  expected=$(printf '%s\n' "$1" | tr ' ' '\n' | sort)
  shift
  got=$(typed "$@" | sort)
  [ "$got" = "$expected" ] && return
  printf "FAILED: 'agent %s' offers\n%s\nnot\n%s\n" "$*" "$got" "$expected"
  failed=1
}

offers 'config' con
offers 'check path show' config ''
offers 'path' config p
offers '--log-format --log-level' --log
offers 'auto always never' --color ''
offers 'always' --color = al
offers 'auto always never' --color '='
offers 'build.log build.txt' --config bui
offers '' --timeout ''
offers 'check path show' --log-level debug config ''
offers 'check path show' --log-level = debug config ''
offers 'check path show' --config config config ''
offers 'text json markdown yaml sarif junit' config show -o ''
offers '' config show nothing

# Every flag and command that a help shows is offered, and nothing else.
same_as_help() {
  local command
  command=$("$agent" "$@" --help | grep -oE '(^| )--[a-z][a-z-]*' | tr -d ' ' | sort -u | tr '\n' ' ')
  [ -n "$command" ] || { echo "FAILED: no flags in 'agent $* --help'"; failed=1; }
  offers "${command% }" "$@" --
}
same_as_help
same_as_help analyze
same_as_help config show

kept=${AGENT_SOURCE_DIR:?}/completions/agent.bash
if ! diff "$kept" <("$agent" completion bash); then
  echo "FAILED: '$kept' is not what the binary gives; try: agent completion bash > completions/agent.bash"
  failed=1
fi

[ $failed = 0 ] && echo 'all as expected'
exit $failed
