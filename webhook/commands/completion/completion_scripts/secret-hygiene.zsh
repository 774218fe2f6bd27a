#compdef secret-hygiene
# Completion of secret-hygiene for zsh. For each new shell, in a directory of $fpath:
#   secret-hygiene completion zsh >"${fpath[1]}/_secret-hygiene"
_secret_hygiene() {
  local -a lines candidates
  local line
  lines=("${(@f)$($words[1] __complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
  for line in "${(@)lines[1,-2]}"; do
    line=${line//:/\\:}
    candidates+=("${line/$'\t'/:}")
  done
  if [[ $PREFIX == -*=* ]]; then compset -P 1 '*='; fi
  if (($#candidates)); then _describe -t words 'word' candidates; fi
  case $lines[-1] in
    :0) _files ;;
    :16) _files -/ ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _secret_hygiene "$@"
else
  compdef _secret_hygiene secret-hygiene
fi
