"""What is measured with: programs of this machine, and of ours a release build."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
PYTHON = "/usr/bin/python3"
INSIDE = "BBT_BENCH_IN_NAMESPACE"
# Program: the package of Debian's that it comes in.
PACKAGES = {
    "git": "git",
    "hyperfine": "hyperfine",
    "strace": "strace",
    "time": "time",
    "valgrind": "valgrind",
    PYTHON: "python3",
}


def require(programs):
    """Ends where something is not there, with what to type."""
    missing = {PACKAGES[name] for name in programs if not shutil.which(name)}
    if PYTHON in programs and "python3" not in missing:
        botocore = [PYTHON, "-c", "import botocore.session"]
        if subprocess.run(botocore, stderr=subprocess.DEVNULL).returncode != 0:
            missing.add("python3-botocore")
    if missing:
        names = " ".join(sorted(missing))
        raise SystemExit(f"not there: {names}\nget it with: apt-get install --no-install-recommends {names}")


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], cwd=TOP, check=True, stdout=subprocess.PIPE).stdout


def target():
    """cargo's folder of what it has built."""
    about = json.loads(cargo("metadata", "--format-version=1", "--no-deps"))
    return pathlib.Path(about["target_directory"])


def helper(*features):
    """A release build of git-remote-bbt, which the next build replaces."""
    features = ",".join(features)
    build = ["build", "--quiet", "--release", "--locked", "--bin=git-remote-bbt"]
    cargo(*build, "--no-default-features", f"--features={features}")
    return target() / "release" / "git-remote-bbt"


def programs():
    """A release build of everything, as `cargo install` makes it: the folder."""
    cargo("build", "--quiet", "--release", "--locked", "--bins")
    return target() / "release"


def kind(folder):
    """Which programs are measured."""
    if folder is None:
        return "programs as `cargo install` makes them"
    headers = subprocess.run(["readelf", "--program-headers", folder / "git-remote-bbt"], capture_output=True)
    linked = "dynamically linked" if b"INTERP" in headers.stdout else "static"
    return f"{linked} programs, as those of a release"


def stand_in(profile):
    """The Bitbucket stand-in."""
    options = ["--release"] if profile == "release" else []
    cargo("build", "--quiet", "--locked", "--package=bbt-stand-in", *options)
    return target() / profile / "stand-in"


def gits():
    """Every git on the PATH, each once, the first first."""
    found = {}
    for folder in os.environ["PATH"].split(os.pathsep):
        git = pathlib.Path(folder, "git")
        if os.access(git, os.X_OK):
            found.setdefault(git.resolve(), git)
    return list(found.values())


def version(program):
    """Its number."""
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    return re.search(r"\d+(\.\d+)+", said.stdout).group()


def is_proactive(git):
    """Whether it logs in without being asked to, and saves a request."""
    return tuple(map(int, version(git).split(".")[:2])) >= (2, 46)


def proactive_git():
    """Returns the first git that logs in without a 401, with which times are measured; None without one."""
    return next(filter(is_proactive, gits()), None)


def serve_https():
    """Checks that a server can listen on port 443 of the loopback interface. Without root, restarts the
    script in a network namespace, where it can."""
    try:
        with socket.create_server(("127.0.0.1", 443)):
            return
    except PermissionError:
        pass
    if shutil.which("unshare") is None or os.environ.get(INSIDE):
        raise SystemExit("port 443 of this machine cannot be used: run this as root")
    # The namespace has no network to download crates.
    programs()
    stand_in("release")
    os.environ[INSIDE] = "1"
    words = ["unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    os.execvp(words[0], [*words, sys.executable, *sys.argv])


def versions():
    """Of all that has a say in the numbers."""
    libc = os.confstr("CS_GNU_LIBC_VERSION").split()[1]
    return {"rustc": version("rustc"), "libc": libc, "valgrind": version("valgrind")}


def load():
    """How busy the machine is."""
    busy = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    is_first = os.sched_getscheduler(0) == os.SCHED_FIFO
    return f"{busy}, which had to wait (chrt --fifo)" if is_first else busy
