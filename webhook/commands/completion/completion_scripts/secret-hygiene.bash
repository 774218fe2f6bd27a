# Completion of secret-hygiene for bash 4 and later. For each new shell:
#   secret-hygiene completion bash >/etc/bash_completion.d/secret-hygiene
_secret_hygiene() {
  local typed=${COMP_WORDS[COMP_CWORD]} word directive prefix='' words=() lines=()
  # Bash takes --flag=VALUE for three words.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if ((${#words[@]})) && [[ $word == '=' || ${words[-1]} == -*= ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  mapfile -t lines < <("$1" __complete "${words[@]}" 2>/dev/null)
  ((${#lines[@]})) || return
  directive=${lines[-1]}
  unset 'lines[-1]'
  # Unless COMP_WORDBREAKS lacks the equals sign: then the flag is a part of what is replaced.
  if [[ $typed == -*=* ]]; then prefix=${typed%%=*}=; fi
  COMPREPLY=("${lines[@]%%$'\t'*}")
  COMPREPLY=("${COMPREPLY[@]/#/"$prefix"}")
  case $directive in
    :0) compopt -o default ;;
    :16) compopt -o dirnames ;;
  esac
}
complete -F _secret_hygiene secret-hygiene
