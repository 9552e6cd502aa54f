# SPDX-License-Identifier: Apache-2.0
# Completion of the u2net command for bash. It asks `u2net --help`, so it knows what that u2net knows.

_u2net_words() {  # OPTIONS | SUBCOMMANDS, COMMAND...
  local kind=$1; shift
  "$@" --help 2>/dev/null | awk -v kind="$kind" '
    /^[A-Z][A-Za-z ]*:$/ { section = $0; next }
    /^[^ ]/ { section = "" }
    kind == "SUBCOMMANDS" && section == "Subcommands:" && /^  [a-z]/ { print $1 }
    kind == "OPTIONS" && section == "Options:" && /^  -/ { gsub(/{[^}]*}/, "", $1); n = split($1, names, ","); for (i = 1; i <= n; ++i) print names[i] }'
}

_u2net_modes() {
  "$1" --version 2>/dev/null | sed -n 's/.*modes: \(.*\)).*/\1/p' | tr -d ,
}

_u2net() {
  local command=$1 word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} subcommand=""
  [ "$COMP_CWORD" -gt 1 ] && subcommand=${COMP_WORDS[1]}
  case $before in
    --mode|--modes) mapfile -t COMPREPLY < <(compgen -W "$(_u2net_modes "$command")" -- "$word"); return ;;
    --write) mapfile -t COMPREPLY < <(compgen -W "mask cutout result panel" -- "$word"); return ;;
  esac
  if [[ $word == -* ]]; then
    # shellcheck disable=SC2086  # no subcommand, no word
    mapfile -t COMPREPLY < <(compgen -W "$(_u2net_words OPTIONS "$command" $subcommand)" -- "$word")
  elif [ -z "$subcommand" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_u2net_words SUBCOMMANDS "$command")" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _u2net u2net
