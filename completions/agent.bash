# bash completion for agent, made by `agent completion bash`.
# Load it:  source <(agent completion bash)
# Keep it:  agent completion bash > ~/.local/share/bash-completion/completions/agent
# shellcheck shell=bash

# _agent_command WORDS: whether they are a command. _agent_value FLAG: REPLY is what follows it; false for a flag that
# stands alone. _agent_words COMMAND: REPLY is what may stand after it.
_agent_command() {
  case $1 in
    'analyze' | 'completion bash' | 'completion' | 'config check' | 'config path' | 'config show' | 'config' | 'deliver' | 'explain' | 'mcp call' | 'mcp doctor' | 'mcp list' | 'mcp serve' | 'mcp' | 'rules list' | 'rules test' | 'rules' | 'schema') return 0 ;;
    *) return 1 ;;
  esac
}

_agent_value() {
  case $1 in
    --baseline-log | --ca-file | --config | --env-file | --kubeconfig | --log | --prompts | --replay | --report | --rules | --save-snapshot | --snapshot | --store | --tekton-results | --token-file | --transcript) REPLY='FILE' ;;
    --comment-pr) REPLY='NUMBER auto' ;;
    --allow-host | --allow-origin | --args | --as | --assignee | --container | --context | --deployment | --drop | --evidence-tokens | --fresh-after | --github-run | --http | --job | --label | --max-cost | --max-time | --max-tokens | --max-tool-calls | --max-turns | --model | --model-url | --namespace | --owner | --pipelinerun | --pod | --repo | --revision | --selector | --server-url | --taskrun | --timeout | --title-template | --transport | --update-every | -c | -l | -n) REPLY='TEXT' ;;
    --color) REPLY='auto always never' ;;
    --ci-outputs) REPLY='auto none' ;;
    --fail-on) REPLY='critical error warning info none' ;;
    --log-level) REPLY='debug info warn warning error' ;;
    --file-issue) REPLY='none gitea github' ;;
    --closed-issue) REPLY='reopen link' ;;
    --print) REPLY='report evidence' ;;
    --notify) REPLY='slack webhook' ;;
    --log-format) REPLY='text json' ;;
    --output | -o) REPLY='text markdown json yaml sarif junit' ;;
    *) return 1 ;;
  esac
}

_agent_words() {
  case $cur:$1 in
    -*:) REPLY='--color --config --env-file --help --log-format --log-level --no-progress --offline --quiet --timeout --verbose --version' ;;
    *:) REPLY='analyze completion config deliver explain mcp rules schema' ;;
    *:'analyze') REPLY='--all-namespaces --as --assignee --baseline-log --ca-file --ci-outputs --closed-issue --color --comment-pr --config --container --context --deployment --dry-run --env-file --evidence-tokens --fail-on --file-issue --fresh --fresh-after --github-run --help --job --kubeconfig --label --latest-failed --log --log-format --log-level --max-cost --max-time --max-tokens --max-tool-calls --max-turns --model --model-url --namespace --no-progress --notify --offline --output --owner --pipelinerun --pod --print --prompts --quiet --replay --repo --report --require-model --rules --save-snapshot --selector --show-redactions --snapshot --store --taskrun --tekton-results --timeout --title-template --transcript --update-every --verbose --wait' ;;
    *:'deliver') REPLY='--again --ca-file --color --config --drop --env-file --help --list --log-format --log-level --no-progress --offline --output --quiet --store --timeout --verbose' ;;
    *:'explain') REPLY='--color --config --env-file --help --log-format --log-level --no-progress --offline --output --quiet --timeout --verbose' ;;
    -*:'rules') REPLY='--color --config --env-file --help --log-format --log-level --no-progress --offline --quiet --timeout --verbose' ;;
    *:'rules') REPLY='list test' ;;
    *:'rules list') REPLY='--color --config --env-file --help --log-format --log-level --no-progress --offline --output --quiet --rules --timeout --verbose' ;;
    -*:'rules test') REPLY='--color --config --env-file --help --log-format --log-level --no-progress --offline --output --quiet --rules --timeout --verbose' ;;
    *:'rules test') REPLY='FILE' ;;
    -*:'mcp') REPLY='--color --config --env-file --help --log-format --log-level --no-progress --offline --quiet --timeout --verbose' ;;
    *:'mcp') REPLY='call doctor list serve' ;;
    *:'mcp list') REPLY='--ca-file --color --config --env-file --help --log-format --log-level --no-progress --offline --output --quiet --revision --server-url --timeout --token-file --transport --verbose' ;;
    *:'mcp call') REPLY='--allow-changes --args --ca-file --color --config --env-file --help --log-format --log-level --no-progress --offline --output --quiet --revision --server-url --timeout --token-file --transport --verbose' ;;
    *:'mcp doctor') REPLY='--ca-file --color --config --env-file --help --log-format --log-level --no-progress --offline --output --quiet --revision --server-url --timeout --token-file --transport --verbose' ;;
    *:'mcp serve') REPLY='--allow-host --allow-origin --as --ca-file --color --config --context --env-file --help --http --kubeconfig --log-format --log-level --namespace --no-progress --offline --quiet --rules --snapshot --timeout --token-file --verbose' ;;
    -*:'config') REPLY='--color --config --env-file --help --log-format --log-level --no-progress --offline --quiet --timeout --verbose' ;;
    *:'config') REPLY='check path show' ;;
    *:'config show') REPLY='--as --assignee --ca-file --ci-outputs --closed-issue --color --comment-pr --config --context --env-file --file-issue --help --kubeconfig --label --log-format --log-level --model --model-url --namespace --no-progress --notify --offline --output --owner --quiet --repo --tekton-results --timeout --title-template --update-every --verbose' ;;
    *:'config check') REPLY='--as --assignee --ca-file --ci-outputs --closed-issue --color --comment-pr --config --context --env-file --file-issue --help --kubeconfig --label --log-format --log-level --model --model-url --namespace --no-progress --notify --offline --output --owner --quiet --repo --tekton-results --timeout --title-template --update-every --verbose' ;;
    *:'config path') REPLY='--as --assignee --ca-file --ci-outputs --closed-issue --color --comment-pr --config --context --env-file --file-issue --help --kubeconfig --label --log-format --log-level --model --model-url --namespace --no-progress --notify --offline --output --owner --quiet --repo --tekton-results --timeout --title-template --update-every --verbose' ;;
    *:'schema') REPLY='--color --config --env-file --help --log-format --log-level --no-progress --offline --quiet --timeout --verbose' ;;
    -*:'completion') REPLY='--color --config --env-file --help --log-format --log-level --no-progress --offline --quiet --timeout --verbose' ;;
    *:'completion') REPLY='bash' ;;
    *:'completion bash') REPLY='--color --config --env-file --help --log-format --log-level --no-progress --offline --quiet --timeout --verbose' ;;
  esac
}

# Offers files, commands, or the given words, where they go on from what was typed.
_agent_offer() {
  case $1 in
    FILE)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      ;;
    COMMAND) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
    TEXT) COMPREPLY=() ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur") ;;
  esac
}

_agent() {
  local cur=${COMP_WORDS[COMP_CWORD]} command='' before='' word i REPLY
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if [[ $word == -- ]]; then
      if ((i + 1 == COMP_CWORD)); then _agent_offer COMMAND; else _agent_offer FILE; fi
      return
    fi
    # bash splits --flag=value at the equals sign.
    [[ $word == '=' ]] && continue
    if ! _agent_value "$before" && _agent_command "${command:+$command }$word"; then
      command=${command:+$command }$word
    fi
    before=$word
  done
  [[ $cur == '=' ]] && cur=''
  if _agent_value "$before"; then
    _agent_offer "$REPLY"
  else
    _agent_words "$command"
    _agent_offer "$REPLY"
  fi
}

complete -F _agent agent
