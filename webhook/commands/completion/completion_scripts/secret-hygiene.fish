# Completion of secret-hygiene for fish. For each new shell:
#   secret-hygiene completion fish >~/.config/fish/completions/secret-hygiene.fish
function __secret_hygiene_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l typed (commandline --current-token --cut-at-cursor)
    set -l program $words[1]
    set --erase words[1]
    set -l lines (command $program __complete $words "$typed" 2>/dev/null)
    set --query lines[1]; or return
    set -l directive $lines[-1]
    set --erase lines[-1]
    # A candidate replaces the whole word, also --flag=VALUE.
    set -l flag (string match --regex -- '^-[^=]*=' "$typed")
    set -l value (string replace --regex -- '^-[^=]*=' '' "$typed")
    switch $directive
        case :0
            set --append lines (__fish_complete_path "$value")
        case :16
            set --append lines (__fish_complete_directories "$value")
    end
    for line in $lines
        echo "$flag$line"
    end
end
complete --command secret-hygiene --no-files --arguments '(__secret_hygiene_complete)'
