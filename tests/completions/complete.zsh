# For each argument, a command line, prints the line and what an interactive zsh shows after a tab at its
# end.
zmodload zsh/zpty
until_seen() { zpty -r z seen "*$1*" }
zpty z "PS1='>> ' zsh -f -i"
until_seen '>> '
zpty -w z "unsetopt beep; setopt no_list_ambiguous; LISTMAX=10000
fpath=($HOME/.local/share/zsh/site-functions \$fpath)
autoload -Uz compinit; compinit -u -d $HOME/.zcompdump; echo READY-\$((40+2))"
until_seen 'READY-42*>> '
for line; do
    print -r -- "> $line"
    zpty -n -w z "$line"$'\t'
    zpty -n -w z $'\C-u'"echo DONE-\$((40+2))"$'\n'
    until_seen 'DONE-42*>> '
    print -r -- "$seen"
done
zpty -d z
