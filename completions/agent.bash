# bash completion for agent, made by `agent completion bash`.
# Load it:  source <(agent completion bash)
# Keep it:  agent completion bash > ~/.local/share/bash-completion/completions/agent
# shellcheck shell=bash

# _agent_command WORDS: whether they are a command. _agent_value FLAG: REPLY is what follows it; false for a flag that
# stands alone. _agent_words COMMAND: REPLY is what may stand after it.
_agent_command() {
  case $1 in
    'analyze' | 'completion bash' | 'completion' | 'config check' | 'config path' | 'config show' | 'config' | 'explain' | 'mcp call' | 'mcp doctor' | 'mcp list' | 'mcp serve' | 'mcp' | 'rules list' | 'rules test' | 'rules' | 'schema') return 0 ;;
    *) return 1 ;;
  esac
}

_agent_value() {
  case $1 in
    --baseline-log | --ca-file | --config | --env-file | --kubeconfig | --log | --prompts | --replay | --report | --rules | --save-snapshot | --snapshot | --store | --token-file | --transcript) REPLY='FILE' ;;
    --allow-host | --allow-origin | --args | --as | --container | --context | --deployment | --evidence-tokens | --fresh-after | --http | --job | --max-cost | --max-time | --max-tokens | --max-tool-calls | --max-turns | --model | --model-url | --namespace | --pipelinerun | --pod | --revision | --selector | --server-url | --taskrun | --timeout | --transport | -c | -l | -n) REPLY='TEXT' ;;
    --color) REPLY='auto always never' ;;
    --fail-on) REPLY='critical error warning info none' ;;
    --log-level) REPLY='debug info warn warning error' ;;
    --print) REPLY='report evidence' ;;
    --log-format) REPLY='text json' ;;
    --output | -o) REPLY='text markdown json yaml' ;;
    *) return 1 ;;
  esac
}

_agent_words() {
  case $cur:$1 in
    -*:) REPLY='--color --config --env-file --help --log-format --log-level --no-progress --offline --quiet --timeout --verbose --version' ;;
    *:) REPLY='analyze completion config explain mcp rules schema' ;;
    *:'analyze') REPLY='--all-namespaces --as --baseline-log --ca-file --color --config --container --context --deployment --dry-run --env-file --evidence-tokens --fail-on --fresh --fresh-after --help --job --kubeconfig --latest-failed --log --log-format --log-level --max-cost --max-time --max-tokens --max-tool-calls --max-turns --model --model-url --namespace --no-progress --offline --output --pipelinerun --pod --print --prompts --quiet --replay --report --require-model --rules --save-snapshot --selector --show-redactions --snapshot --store --taskrun --timeout --transcript --verbose --wait' ;;
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
    *:'config show') REPLY='--as --ca-file --color --config --context --env-file --help --kubeconfig --log-format --log-level --model --model-url --namespace --no-progress --offline --output --quiet --timeout --verbose' ;;
    *:'config check') REPLY='--as --ca-file --color --config --context --env-file --help --kubeconfig --log-format --log-level --model --model-url --namespace --no-progress --offline --output --quiet --timeout --verbose' ;;
    *:'config path') REPLY='--as --ca-file --color --config --context --env-file --help --kubeconfig --log-format --log-level --model --model-url --namespace --no-progress --offline --output --quiet --timeout --verbose' ;;
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
