"""`git bbt status`, and what `git bbt doctor` checks without a network, beside `git status`."""

from place import REPOSITORY, run
from race import race, ratio, walls


def rows(place, rounds):
    """Every start of a program of git's costs about as much as a whole `git status`."""
    home = place.home("companion/home")
    config = home / ".config/git-remote-bbt/config.toml"
    text = config.read_text()
    for name in ("widgets", "gadgets", "parts", "tools"):
        text += f'\n[workspace.{name}]\ntoken = {{ env = "TOKEN_OF_{name.upper()}" }}\n'
    config.write_text(text)
    environment = place.environment(home)
    # Without a token there is nothing to ask Bitbucket: doctor skips that, and says so.
    del environment["ACME_TOKEN"]
    folder = place.folder / "companion/work"
    run(["git", "init", "--quiet", str(folder)], environment)
    run(["git", "remote", "add", "origin", f"bbt::{REPOSITORY}"], environment, folder)
    (folder / "a").write_text("a\n")
    run(["git", "add", "a"], environment, folder)
    run(["git", "commit", "--quiet", "--message=One"], environment, folder)
    commands = {name: name.split() for name in ("git status", "git bbt status", "git bbt doctor")}
    run(commands["git bbt status"], environment, folder)
    # The doctor finds that there is no token, and has done all else by then.
    took = race(commands, rounds, environment, folder, may_fail=True)
    measured = []
    for name in ("git bbt status", "git bbt doctor"):
        row = ratio(walls(took[name]), walls(took["git status"]))
        measured.append(row | {"what": name, "met": row["ratio"] <= 10})
    return measured
