//! `git bbt completions`: prints a script that completes `git bbt` and `git-bbt` in a shell.

use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::args;
use crate::output::say;

const EXAMPLES: &str = "\
Examples:
  git bbt completions bash >~/.local/share/bash-completion/completions/git-bbt
  git bbt completions fish >~/.config/fish/conf.d/git-bbt.fish
  git bbt completions powershell >>~/.config/powershell/profile.ps1";

/// Print a shell completion script
///
/// Store it where the shell looks for it; zsh looks for _git-bbt in the folders of $fpath. git's own
/// completion is needed too; git's packages install it.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Completes the workspaces and repositories that are configured, after the commands that take one. git's
/// completion calls `_git_bbt` for `git bbt ...`, and adds no space.
const BASH: &str = r#"
_gitbbt_with_targets() {
    _gitbbt "$@"
    case ${COMP_WORDS[1]} in
    login | logout | status | token)
        [[ $2 == -* || $3 == -* || $COMP_CWORD == 1 ]] ||
            COMPREPLY=($(compgen -W "$(git-bbt status 2>/dev/null | grep -v '[ *?]')" -- "$2"))
        ;;
    esac
}

_git_bbt() {
    local at=${__git_cmd_idx:-1} i
    local -a COMP_WORDS=(git-bbt "${words[@]:at+1}")
    local COMP_CWORD=$((cword - at))
    _gitbbt_with_targets git-bbt "$cur" "$prev"
    for i in "${!COMPREPLY[@]}"; do
        [[ -d ${COMPREPLY[i]} ]] || COMPREPLY[i]+=' '
    done
}
"#;

/// The program's name for clap's bash completion, which finds no options if it has a dash (clap 4.6).
const WITHOUT_DASH: &str = "gitbbt";

/// git's completion shows the second line's description of `bbt`.
const ZSH: &str = r#"#compdef git-bbt
#description Bitbucket Cloud access tokens

__git_bbt_targets() {
    local -a targets=(${(f)"$(git-bbt status 2>/dev/null | grep -v '[ *?]')"})
    targets=("${(@)targets/%/:configured}")
    _describe target targets
}
"#;

/// Built into fish, except for 3.6.0.
const FISH: &str = r#"
function __fish_git_bbt_after_git
    set -l words (commandline -opc)
    set -l at (contains -i -- bbt $words); or return
    complete -C "git-bbt $words[$(math $at + 1)..] "(commandline -ct)
end
complete -c git-bbt -n '__fish_git_bbt_using_subcommand login logout status token' -f \
    -a "(git-bbt status 2>/dev/null | string match -rv '[ *?]')"
complete -c git -n __fish_git_needs_command -f -a bbt -d 'Bitbucket Cloud access tokens'
complete -c git -n '__fish_git_using_command bbt' -f -a '(__fish_git_bbt_after_git)'
"#;

pub fn run(args: &Args) -> Result<ExitCode> {
    say(&match args.shell {
        Shell::Bash => {
            let script = script(Shell::Bash, WITHOUT_DASH)?;
            let script = script.replace(&format!(" {WITHOUT_DASH}\n"), " git-bbt\n");
            script.replace("-F _gitbbt ", "-F _gitbbt_with_targets ") + BASH
        }
        Shell::Zsh => {
            let script = script(Shell::Zsh, "git-bbt")?;
            let script = script.replacen("#compdef git-bbt\n", ZSH, 1);
            let complete = |line: &str| match line.strip_suffix(":_default' \\") {
                Some(start) if start.starts_with("'::target") => {
                    format!("{start}:__git_bbt_targets' \\\n")
                }
                _ => format!("{line}\n"),
            };
            script.lines().map(complete).collect()
        }
        Shell::Fish => script(Shell::Fish, "git-bbt")? + FISH,
        other => script(other, "git-bbt")?,
    })?;
    Ok(ExitCode::SUCCESS)
}

fn script(shell: impl clap_complete::Generator, name: &'static str) -> Result<String> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::Args::command(), name, &mut script);
    Ok(String::from_utf8(script)?)
}
