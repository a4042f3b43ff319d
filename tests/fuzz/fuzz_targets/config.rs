//! config.toml.

#![no_main]

use std::path::Path;

use bbt::address::Address;
use bbt::config::Config;
use bbt::lookup;
use bbt::redact::for_terminal;
use bbt_fuzz::{holds_no_token, is_plain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let config = match Config::parse(Path::new("/config.toml"), text) {
        Ok(config) => config,
        Err(error) => {
            let said = for_terminal(&format!("{error:#}"));
            is_plain(&said);
            holds_no_token(&said);
            assert!(said.starts_with("/config.toml:"), "{said}");
            return;
        }
    };
    let service = config.service();
    let address = Address::parse("acme/widgets").expect("the address is valid");
    let of_repository = service.url(&address, None);
    for url in [&of_repository, service.api_url(), service.git_url()] {
        let is_known = |c: char| c.is_ascii_alphanumeric() || ".-_:/[]".contains(c);
        let rest = url.strip_prefix("https://").expect("the URL is https");
        assert!(rest.chars().all(is_known), "{url}");
    }
    for workspace in config.workspaces() {
        let name = format!("{}/widgets", workspace.name);
        let address = Address::parse(&name).expect("a workspace's name is one of an address");
        let known = [address.workspace().to_owned(), workspace.name.clone()];
        assert_eq!(known[0], known[1]);
        for candidate in lookup::candidates(&config, &address) {
            holds_no_token(&for_terminal(&candidate.describe()));
        }
    }
});
