//! The objects of REST, with the keys that real ones have.

use serde_json::{Value, json};

use crate::bitbucket::Bitbucket;
use crate::tokens::Grant;

/// The date of creation and of the last change of everything here.
const MADE: &str = "2026-01-01T00:00:00.000000+00:00";

/// Creates objects for one caller: the clone links depend on the caller.
pub(super) struct Writer<'a> {
    bitbucket: &'a Bitbucket,
    host: &'a str,
    caller: Option<&'a Grant>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(bitbucket: &'a Bitbucket, host: &'a str, caller: Option<&'a Grant>) -> Self {
        Self {
            bitbucket,
            host,
            caller,
        }
    }

    /// Returns `https://localhost:PORT`.
    pub(super) fn base(&self) -> String {
        format!("https://{}", self.host)
    }

    /// Returns the full names of the repositories that the caller may see. A token of another workspace
    /// sees only public ones; that it is not refused is a guess.
    pub(super) fn visible_repositories(&self, workspace: &str) -> Vec<String> {
        let repositories = &self.bitbucket.repositories;
        let mut names = repositories.of_workspace(workspace).unwrap_or_default();
        names.retain(|name| {
            let is_theirs = self.caller.is_some_and(|grant| grant.reaches(name));
            is_theirs || repositories.is_public(name)
        });
        names
    }

    /// Returns the caller. The real response to an access token is unknown.
    pub(super) fn user(&self) -> Value {
        let mut user = person("Stand-in", "stand-in");
        user["created_on"] = MADE.into();
        user
    }

    /// Returns the caller's only workspace, paged like any list.
    pub(super) fn workspaces(&self) -> Value {
        let name = self.caller.map_or("", Grant::workspace_name);
        let workspace = json!({
            "type": "workspace_base",
            "uuid": uuid(name),
            "slug": name,
            "links": {"self": self.link(&format!("2.0/workspaces/{name}"))},
        });
        json!({
            "values": [{"type": "workspace_access", "administrator": false, "workspace": workspace}],
            "pagelen": 10,
            "size": 1,
        })
    }

    pub(super) fn workspace(&self, name: &str) -> Value {
        json!({
            "type": "workspace",
            "uuid": uuid(name),
            "name": name,
            "slug": name,
            "links": {
                "self": self.link(&format!("2.0/workspaces/{name}")),
                "html": self.link(name),
            },
        })
    }

    pub(super) fn repository(&self, full_name: &str) -> Value {
        let (workspace, slug) = full_name.split_once('/').unwrap_or((full_name, ""));
        let repositories = &self.bitbucket.repositories;
        let mainbranch = if repositories.has_branches(full_name) {
            json!({"name": "main", "type": "branch"})
        } else {
            Value::Null
        };
        json!({
            "type": "repository",
            "full_name": full_name,
            "links": self.links(full_name),
            "name": slug,
            "slug": slug,
            "description": "",
            "scm": "git",
            "website": null,
            "owner": person(workspace, workspace),
            "workspace": self.workspace(workspace),
            "is_private": !repositories.is_public(full_name),
            "project": {"type": "project", "key": "ALL", "uuid": uuid("ALL"), "name": "All", "links": {}},
            "fork_policy": "no_public_forks",
            "created_on": MADE,
            "updated_on": MADE,
            "size": 65_536,
            "language": "",
            "uuid": uuid(full_name),
            "mainbranch": mainbranch,
            "override_settings": {"default_merge_strategy": false, "branching_model": false},
            "parent": null,
            "has_issues": false,
            "has_wiki": false,
        })
    }

    fn links(&self, full_name: &str) -> Value {
        let api = format!("2.0/repositories/{full_name}");
        let mut links = json!({"self": self.link(&api), "html": self.link(full_name)});
        for name in [
            "pullrequests",
            "commits",
            "forks",
            "watchers",
            "branches",
            "tags",
            "downloads",
            "hooks",
        ] {
            links[name] = self.link(&format!("{api}/{name}"));
        }
        links["source"] = self.link(&format!("{api}/src"));
        links["avatar"] = self.link("avatar.svg");
        // The link contains a user name; which one an access token gets is unknown.
        let user = self
            .caller
            .map_or(String::new(), |_| "x-token-auth@".to_owned());
        links["clone"] = json!([
            {"name": "https", "href": format!("https://{user}{}/{full_name}.git", self.host)},
            {"name": "ssh", "href": format!("git@bitbucket.org:{full_name}.git")},
        ]);
        links
    }

    fn link(&self, path: &str) -> Value {
        json!({"href": format!("{}/{path}", self.base())})
    }
}

fn person(name: &str, nickname: &str) -> Value {
    json!({
        "display_name": name,
        "links": {},
        "type": "user",
        "uuid": uuid(nickname),
        "account_id": "557058:00000000-0000-0000-0000-000000000000",
        "nickname": nickname,
    })
}

/// Returns a UUID in braces, always the same for a name.
fn uuid(name: &str) -> String {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let (high, low) = (hash >> 32, hash & 0xffff_ffff);
    format!("{{{high:08x}-0000-4000-8000-0000{low:08x}}}")
}
