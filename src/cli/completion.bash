# bash completion for agent, made by `agent completion bash`.
# Load it:  source <(agent completion bash)
# Keep it:  agent completion bash > ~/.local/share/bash-completion/completions/agent
# shellcheck shell=bash

# _agent_command WORDS: whether they are a command. _agent_value FLAG: REPLY is what follows it; false for a flag that
# stands alone. _agent_words COMMAND: REPLY is what may stand after it.
# TABLES

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
