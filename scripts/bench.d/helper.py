"""What git-remote-bbt itself costs: until git starts, and for one credential answer."""

import pathlib
import re
import statistics
import subprocess

from machine import PYTHON
from place import REPOSITORY, run
from race import busy, race, walls

REMOTE, CREDENTIAL, TRUE, BOTOCORE = "until git starts", "one answer", "/bin/true", "Python"
# As CREDENTIAL, of another build.
BUILT = "one answer of another build"
# As REMOTE, with a table for each of so many workspaces in config.toml.
MANY, WORKSPACES = "until git starts, 1,000 workspaces", 1000


class Runs:
    """The same few programs, each the same every time: paths, variables, what they read."""

    def __init__(self, place):
        self.folder = place.folder / "helper"
        home = place.home("helper/home")
        empty = self.folder / "bin"
        empty.mkdir()
        # In git's place, so that what is measured ends there.
        (empty / "git").symlink_to("/bin/true")
        (empty / "git-remote-https").symlink_to("/bin/true")
        self.many = place.home("helper/many")
        with open(self.many / ".config/git-remote-bbt/config.toml", "a") as config:
            for number in range(WORKSPACES):
                config.write(f'[workspace.w{number}]\ntoken = {{ env = "TOKEN_{number}" }}\n')
        self.environment = {
            "PATH": f"{empty}:/usr/bin:/bin",
            "GIT_EXEC_PATH": str(empty),
            "HOME": str(home),
            "ACME_TOKEN": "ATCTT3xFfGN0" + "x" * 180,
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.request = self.folder / "request"
        question = f"protocol=https\nhost=bitbucket.org\npath={REPOSITORY}.git\n\n"
        self.request.write_text(question)
        helper = str(place.bin / "git-remote-bbt")
        script = str(pathlib.Path(__file__).with_name("python_helper.py"))
        self.commands = {
            REMOTE: [helper, "origin", REPOSITORY],
            MANY: [helper, "origin", REPOSITORY],
            CREDENTIAL: [helper, "--credential", REPOSITORY, "get"],
            TRUE: ["/bin/true"],
            BOTOCORE: [PYTHON, script, "--botocore", "get"],
        }

    def stdin_of(self, name):
        return "/dev/null" if name in (REMOTE, MANY, TRUE) else self.request

    def stdin(self, name):
        return open(self.stdin_of(name))

    def said(self, name, tool):
        """What a tool that runs the program says of it on stderr."""
        with self.stdin(name) as stdin:
            command = [*tool, *self.commands[name]]
            environment = self.environment | ({"HOME": str(self.many)} if name == MANY else {})
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
            ended = subprocess.run(command, env=environment, stdin=stdin, cwd=self.folder, **quiet)
        if ended.returncode != 0:
            raise SystemExit(f"{name} failed under {tool[0]}:\n{ended.stderr[-2000:]}")
        return ended.stderr

    def instructions(self, name):
        """Of the program alone, without what it starts. Repeatable to the last one here."""
        tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        return int(re.search(r"Collected : (\d+)", self.said(name, tool)).group(1))

    def peak(self, name):
        """The most memory it holds, in MiB: of the least of some runs, for the kernel's own share."""
        tool = ["/usr/bin/time", "--format=%M"]
        return min(int(self.said(name, tool)) for _ in range(5)) / 1024

    def times(self, rounds):
        """Seconds: {name: [(all of it, on a processor)]}."""

        def shell(name):
            # git has a shell start every credential helper. Here it also opens the request.
            return ["/bin/sh", "-c", f'exec "$@" <{self.stdin_of(name)}', "sh", *self.commands[name]]

        commands = {name: shell(name) for name in self.commands if name != MANY}
        return race(commands, rounds, self.environment, self.folder)


def instructions(place, names):
    """Those that are ours: without what a program that does nothing takes, which is libc's."""
    runs = Runs(place)
    nothing = runs.instructions(TRUE)
    return {name: runs.instructions(name) - nothing for name in names}


def costs(place, rounds, built):
    """Rows for the two runs of the helper, the second also beside that of the program at `built`, if any."""
    runs = Runs(place)
    if built:
        runs.commands[BUILT] = [built, *runs.commands[CREDENTIAL][1:]]
    took = runs.times(rounds)
    rows = []
    executed = {name: runs.instructions(name) for name in took}
    peak = {name: runs.peak(name) for name in took}
    median = statistics.median
    for name in (REMOTE, CREDENTIAL):
        more = median(walls(took[name])) - median(walls(took[TRUE]))
        rows.append(
            {
                "what": name,
                "instructions": executed[name],
                "instructions of true": executed[name] / executed[TRUE],
                "instructions of Python": executed[BOTOCORE] / executed[name],
                "processor of Python": median(busy(took[BOTOCORE])) / median(busy(took[name])),
                "more than true": more,
                "time of true": median(walls(took[name])) / median(walls(took[TRUE])),
                "peak": peak[name],
                "peak of Python": peak[BOTOCORE] / peak[name],
                "runs": rounds,
            }
        )
    if built:
        rows[-1]["time of the built"] = median(walls(took[CREDENTIAL])) / median(walls(took[BUILT]))
    return rows


def pack(place, megabytes=64):
    """What passes through the helper while a large clone is fetched: strace sees all its calls."""
    folder = place.folder / "pack"
    shim = folder / "bin"
    shim.mkdir(parents=True)
    trace = folder / "trace"
    helper = place.bin / "git-remote-bbt"
    script = f'#!/bin/sh\nexec strace -qq -o {trace} {helper} "$@"\n'
    (shim / "git-remote-bbt").write_text(script)
    (shim / "git-remote-bbt").chmod(0o755)
    environment = place.environment(place.home("pack/home"))
    work = str(folder / "work")
    run(["git", "clone", "--quiet", f"bbt::{REPOSITORY}", work], environment)
    with open("/dev/urandom", "rb") as noise, open(f"{work}/large", "wb") as large:
        large.write(noise.read(megabytes << 20))
    run(["git", "-C", work, "add", "large"], environment)
    run(["git", "-C", work, "commit", "--quiet", "--message=Large"], environment)
    run(["git", "-C", work, "push", "--quiet", "origin", "HEAD:refs/heads/large"], environment)
    traced = environment | {"PATH": f"{shim}:{environment['PATH']}"}
    clone = str(folder / "clone")
    run(["git", "clone", "--quiet", "--branch=large", f"bbt::{REPOSITORY}", clone], traced)
    packs = pathlib.Path(clone, ".git/objects/pack").glob("*.pack")
    return {"pack": sum(file.stat().st_size for file in packs)} | while_it_waits(trace.read_text())


def while_it_waits(trace):
    """The calls that move bytes, from when git has started and signals are heard to git's end, and how
    many those are."""
    lines = trace.splitlines()
    if "CLONE_THREAD" in trace:
        raise SystemExit("the helper has a thread, which strace was not told to follow")
    starts = [at for at, line in enumerate(lines) if line.startswith("rt_sigaction(SIGCHLD")]
    ends = [at for at, line in enumerate(lines) if line.startswith("--- SIGCHLD")]
    waiting = lines[starts[-1] + 1 : ends[-1]]
    moving = r"(p?read|p?write|p?readv|p?writev|recv|send|splice|tee|sendfile|copy_file)\w*\("
    moved = [line for line in waiting if re.match(moving, line)]
    numbers = [re.search(r"\) += (\d+)$", line) for line in moved]
    return {"calls": len(waiting), "bytes": sum(int(number.group(1)) for number in numbers if number)}
