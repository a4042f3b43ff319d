//! Everything that it writes for workspaces and repositories, and without one.

use std::fs;

use expect_test::expect;

use super::{CONFIG, global, set_up, setup};
use crate::support::Person;

#[test]
fn everything_is_written_at_once_and_only_once() {
    let person = Person::with_any_git();
    person.write_config(CONFIG);
    let planned = set_up(&person, "--dry-run --rewrite").to_string();
    assert!(
        !person.path(".gitconfig").exists(),
        "a dry run writes nothing"
    );
    assert!(!person.path(".config/git-remote-bbt/identity").exists());

    let done = set_up(&person, "--rewrite").to_string();
    let recorded = global(&person);
    for line in planned
        .lines()
        .filter_map(|line| line.strip_prefix("  would add "))
    {
        let (name, value) = line.split_once(" = ").expect("a setting and its value");
        let line = format!("\tadded = {name}={}\n", value.trim_matches('"'));
        assert!(recorded.contains(&line), "{line}");
    }
    let added = recorded.matches("added = ").count();
    assert_eq!(planned.matches("would add").count(), added);
    expect![[r#"
        ~/.gitconfig
          added     protocol.bbt.allow = always
          added     credential.https://bitbucket.org/acme.helper = ""
          added     credential.https://bitbucket.org/acme.helper = bbt
          added     credential.https://bitbucket.org/acme.useHttpPath = true
          added     url.bbt::acme/.insteadOf = https://bitbucket.org/acme/ (and 12 spellings more)
          added     includeIf.hasconfig:remote.*.url:bbt::acme/**.path = ~/.config/git-remote-bbt/identity/acme.gitconfig (and 21 spellings more)
          added     credential.https://bitbucket.org/corp/gears.helper = ""
          added     credential.https://bitbucket.org/corp/gears.helper = bbt
          added     credential.https://bitbucket.org/corp/gears.useHttpPath = true
          added     credential.https://bitbucket.org/corp/gears.git.helper = ""
          added     credential.https://bitbucket.org/corp/gears.git.helper = bbt
          added     credential.https://bitbucket.org/corp/gears.git.useHttpPath = true
          added     url.bbt::corp/gears.git.insteadOf = https://bitbucket.org/corp/gears.git (and 12 spellings more)
        Not rewritten, since git cannot: https://<user>@bitbucket.org/acme/...; git bbt migrate
        changes those where they are remotes.
        Not rewritten, since git cannot: URLs without .git, https://<user>@bitbucket.org/corp/...; git bbt migrate
        changes those where they are remotes.
        Rewritten as well, since git looks at the beginning alone: corp/gears.github.io, where there is such
        a repository.
        Programs that use libgit2 or JGit in place of git follow these rules too, and cannot take bbt::. For
        cargo: CARGO_NET_GIT_FETCH_WITH_CLI=true
        status: 0
    "#]].assert_eq(&done);
    expect![[r#"
        [protocol "bbt"]
        	allow = always
        [credential "https://bitbucket.org/acme"]
        	helper = 
        	helper = bbt
        	useHttpPath = true
        [url "bbt::acme/"]
        	insteadOf = https://bitbucket.org/acme/
        	insteadOf = https://bitbucket.org:443/acme/
        	insteadOf = http://bitbucket.org/acme/
        	insteadOf = git@bitbucket.org:acme/
        	insteadOf = git@bitbucket.org:/acme/
        	insteadOf = ssh://git@bitbucket.org/acme/
        	insteadOf = ssh://git@bitbucket.org:22/acme/
        	insteadOf = git@ssh.bitbucket.org:acme/
        	insteadOf = git@ssh.bitbucket.org:/acme/
        	insteadOf = ssh://git@ssh.bitbucket.org/acme/
        	insteadOf = ssh://git@ssh.bitbucket.org:22/acme/
        	insteadOf = git@altssh.bitbucket.org:acme/
        	insteadOf = ssh://git@altssh.bitbucket.org:443/acme/
        [includeIf "hasconfig:remote.*.url:bbt::acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:bbt::/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:bbt::*:acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:bbt::*:/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:bbt::*://*/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:bbt::*bitbucket.org/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:bbt://acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:bbt:///acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:https://bitbucket.org/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:https://*@bitbucket.org/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:https://bitbucket.org:443/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:https://*@bitbucket.org:443/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:http://bitbucket.org/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:http://*@bitbucket.org/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:git@bitbucket.org:acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:git@bitbucket.org:/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:ssh://git@bitbucket.org/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:ssh://git@bitbucket.org:*/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:git@*.bitbucket.org:acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:git@*.bitbucket.org:/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:ssh://git@*.bitbucket.org/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [includeIf "hasconfig:remote.*.url:ssh://git@*.bitbucket.org:*/acme/**"]
        	path = ~/.config/git-remote-bbt/identity/acme.gitconfig
        [credential "https://bitbucket.org/corp/gears"]
        	helper = 
        	helper = bbt
        	useHttpPath = true
        [credential "https://bitbucket.org/corp/gears.git"]
        	helper = 
        	helper = bbt
        	useHttpPath = true
        [url "bbt::corp/gears.git"]
        	insteadOf = https://bitbucket.org/corp/gears.git
        	insteadOf = https://bitbucket.org:443/corp/gears.git
        	insteadOf = http://bitbucket.org/corp/gears.git
        	insteadOf = git@bitbucket.org:corp/gears.git
        	insteadOf = git@bitbucket.org:/corp/gears.git
        	insteadOf = ssh://git@bitbucket.org/corp/gears.git
        	insteadOf = ssh://git@bitbucket.org:22/corp/gears.git
        	insteadOf = git@ssh.bitbucket.org:corp/gears.git
        	insteadOf = git@ssh.bitbucket.org:/corp/gears.git
        	insteadOf = ssh://git@ssh.bitbucket.org/corp/gears.git
        	insteadOf = ssh://git@ssh.bitbucket.org:22/corp/gears.git
        	insteadOf = git@altssh.bitbucket.org:corp/gears.git
        	insteadOf = ssh://git@altssh.bitbucket.org:443/corp/gears.git
        [bbt "setup"]
        	made = true
        	added = protocol.bbt.allow=always
        [bbt "setup.acme"]
        	added = credential.https://bitbucket.org/acme.helper=
        	added = credential.https://bitbucket.org/acme.helper=bbt
        	added = credential.https://bitbucket.org/acme.useHttpPath=true
        	added = url.bbt::acme/.insteadOf=https://bitbucket.org/acme/
        	added = url.bbt::acme/.insteadOf=https://bitbucket.org:443/acme/
        	added = url.bbt::acme/.insteadOf=http://bitbucket.org/acme/
        	added = url.bbt::acme/.insteadOf=git@bitbucket.org:acme/
        	added = url.bbt::acme/.insteadOf=git@bitbucket.org:/acme/
        	added = url.bbt::acme/.insteadOf=ssh://git@bitbucket.org/acme/
        	added = url.bbt::acme/.insteadOf=ssh://git@bitbucket.org:22/acme/
        	added = url.bbt::acme/.insteadOf=git@ssh.bitbucket.org:acme/
        	added = url.bbt::acme/.insteadOf=git@ssh.bitbucket.org:/acme/
        	added = url.bbt::acme/.insteadOf=ssh://git@ssh.bitbucket.org/acme/
        	added = url.bbt::acme/.insteadOf=ssh://git@ssh.bitbucket.org:22/acme/
        	added = url.bbt::acme/.insteadOf=git@altssh.bitbucket.org:acme/
        	added = url.bbt::acme/.insteadOf=ssh://git@altssh.bitbucket.org:443/acme/
        	added = includeIf.hasconfig:remote.*.url:bbt::acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:bbt::/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:bbt::*:acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:bbt::*:/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:bbt::*://*/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:bbt::*bitbucket.org/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:bbt://acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:bbt:///acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:https://bitbucket.org/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:https://*@bitbucket.org/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:https://bitbucket.org:443/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:https://*@bitbucket.org:443/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:http://bitbucket.org/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:http://*@bitbucket.org/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:git@bitbucket.org:acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:git@bitbucket.org:/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:ssh://git@bitbucket.org/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:ssh://git@bitbucket.org:*/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:git@*.bitbucket.org:acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:git@*.bitbucket.org:/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:ssh://git@*.bitbucket.org/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        	added = includeIf.hasconfig:remote.*.url:ssh://git@*.bitbucket.org:*/acme/**.path=~/.config/git-remote-bbt/identity/acme.gitconfig
        [bbt "setup.corp"]
        	added = credential.https://bitbucket.org/corp/gears.helper=
        	added = credential.https://bitbucket.org/corp/gears.helper=bbt
        	added = credential.https://bitbucket.org/corp/gears.useHttpPath=true
        	added = credential.https://bitbucket.org/corp/gears.git.helper=
        	added = credential.https://bitbucket.org/corp/gears.git.helper=bbt
        	added = credential.https://bitbucket.org/corp/gears.git.useHttpPath=true
        	added = url.bbt::corp/gears.git.insteadOf=https://bitbucket.org/corp/gears.git
        	added = url.bbt::corp/gears.git.insteadOf=https://bitbucket.org:443/corp/gears.git
        	added = url.bbt::corp/gears.git.insteadOf=http://bitbucket.org/corp/gears.git
        	added = url.bbt::corp/gears.git.insteadOf=git@bitbucket.org:corp/gears.git
        	added = url.bbt::corp/gears.git.insteadOf=git@bitbucket.org:/corp/gears.git
        	added = url.bbt::corp/gears.git.insteadOf=ssh://git@bitbucket.org/corp/gears.git
        	added = url.bbt::corp/gears.git.insteadOf=ssh://git@bitbucket.org:22/corp/gears.git
        	added = url.bbt::corp/gears.git.insteadOf=git@ssh.bitbucket.org:corp/gears.git
        	added = url.bbt::corp/gears.git.insteadOf=git@ssh.bitbucket.org:/corp/gears.git
        	added = url.bbt::corp/gears.git.insteadOf=ssh://git@ssh.bitbucket.org/corp/gears.git
        	added = url.bbt::corp/gears.git.insteadOf=ssh://git@ssh.bitbucket.org:22/corp/gears.git
        	added = url.bbt::corp/gears.git.insteadOf=git@altssh.bitbucket.org:corp/gears.git
        	added = url.bbt::corp/gears.git.insteadOf=ssh://git@altssh.bitbucket.org:443/corp/gears.git
    "#]].assert_eq(&global(&person));
    let identity = person.path(".config/git-remote-bbt/identity/acme.gitconfig");
    expect![[r#"
        # Written by git bbt setup: who commits in clones of this workspace.
        [user]
        	email = 52c1@bots.bitbucket.org
    "#]]
    .assert_eq(&fs::read_to_string(identity).expect("it is there"));

    let before = global(&person);
    let again = set_up(&person, "--rewrite");
    expect![[r#"
        ~/.gitconfig
          is there  58 settings
        Not rewritten, since git cannot: https://<user>@bitbucket.org/acme/...; git bbt migrate
        changes those where they are remotes.
        Not rewritten, since git cannot: URLs without .git, https://<user>@bitbucket.org/corp/...; git bbt migrate
        changes those where they are remotes.
        Rewritten as well, since git looks at the beginning alone: corp/gears.github.io, where there is such
        a repository.
        Programs that use libgit2 or JGit in place of git follow these rules too, and cannot take bbt::. For
        cargo: CARGO_NET_GIT_FETCH_WITH_CLI=true
        status: 0
    "#]].assert_eq(&again.to_string());
    assert_eq!(global(&person), before);
}

#[test]
fn without_a_workspace_submodules_are_all_there_is() {
    let person = Person::with_any_git();
    person.write_config("");
    let mut said = set_up(&person, "").to_string();
    said += &setup(&person, "acme").to_string();
    said += &set_up(&person, "acme --force").to_string();
    said += &setup(&person, "acme/widgets").to_string();
    expect![[r#"
        ~/.gitconfig
          added     protocol.bbt.allow = always
        hint: git bbt setup <workspace> does more for one
        status: 0
        ~/.gitconfig
          is there  1 setting
        warning: acme is left out: no token is configured for all of it, and its URLs would stop working; git bbt login acme, or --force where the token comes later
        status: 1
        ~/.gitconfig
          added     credential.https://bitbucket.org/acme.helper = ""
          added     credential.https://bitbucket.org/acme.helper = bbt
          added     credential.https://bitbucket.org/acme.useHttpPath = true
          is there  1 setting
        status: 0
        error: invalid value 'acme/widgets' for '[WORKSPACE]...': it is no workspace, as acme is; setup is for whole workspaces

        For more information, try '--help'.
        status: 2
    "#]].assert_eq(&said);
}
