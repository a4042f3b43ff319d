"""A place to measure in: a temporary folder with a HOME, our programs, and a Bitbucket stand-in that is
bitbucket.org for every git there.

Nothing of the real user's is read or written, and nothing is left.
"""

import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import time

REPOSITORY = "acme/widgets"
# With another address, set as git_url, git would be asked for its http.extraHeader first.
URL = "https://bitbucket.org"
RESOLVE = "[http]\n\tcurloptResolve = bitbucket.org:443:127.0.0.1\n"
PATIENCE = 60


def memory():
    """Where files stay in memory, unless TMPDIR names another place: on a disk, what others write and
    what ext4 remembers for minutes of files that are gone decide how long a clone takes (measured)."""
    if "TMPDIR" in os.environ or not os.access("/dev/shm", os.W_OK):
        return None
    # Containers have a small one, and one that no program can be run from.
    about = os.statvfs("/dev/shm")
    fits = about.f_bavail * about.f_frsize >= 1 << 30 and not about.f_flag & os.ST_NOEXEC
    return "/dev/shm" if fits else None


class Place:
    """`with Place(stand_in, helper, git-bbt...) as place:`

    With another port, the stand-in is not bitbucket.org, and a configuration has to name its address.
    """

    def __init__(self, stand_in, *programs, port=443):
        self.temporary = tempfile.TemporaryDirectory(prefix="bbt-bench.", dir=memory())
        self.folder = pathlib.Path(self.temporary.name).resolve()
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        for program in programs:
            # Copied, since the next build puts another in its place.
            shutil.copy(program, self.bin)
        self.env_file = self.folder / "env"
        command = [stand_in, "--port", str(port), "--env-file", self.env_file, REPOSITORY]
        pipe = subprocess.PIPE
        self.stand_in = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.variables = self.await_variables()
        self.token = self.variables["BBT_STAND_IN_TOKEN_ACME"]
        self.requests()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # It stays until the end of its input.
        self.stand_in.communicate()
        self.temporary.cleanup()

    def await_variables(self):
        deadline = time.monotonic() + PATIENCE
        while not self.env_file.exists():
            if self.stand_in.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the stand-in did not start")
            time.sleep(0.01)
        lines = self.env_file.read_text().splitlines()
        return {name: shlex.split(value)[0] for name, value in (line.split("=", 1) for line in lines)}

    def requests(self):
        """All requests so far, as `GET /acme/widgets.git/info/refs 200 with credentials`."""
        # What it does not understand, it says: that is where the log ends.
        self.stand_in.stdin.write("log\nend\n")
        self.stand_in.stdin.flush()
        ways = ("GET ", "POST ")
        lines = iter(self.stand_in.stdout.readline, "not understood: end\n")
        return [line.strip() for line in lines if line.startswith(ways)]

    def home(self, name):
        """A HOME whose configuration has a token for acme, in ACME_TOKEN; its path."""
        home = self.folder / name
        config = home / ".config/git-remote-bbt/config.toml"
        config.parent.mkdir(parents=True)
        config.write_text('[workspace.acme]\ntoken = { env = "ACME_TOKEN" }\n')
        config.chmod(0o600)
        (home / ".gitconfig").write_text(RESOLVE)
        return home

    def environment(self, home, git=None):
        """All that there is in it, where programs run; `git` is the one on the PATH."""
        path = [self.bin, *([git.parent] if git else []), *os.environ["PATH"].split(os.pathsep)]
        return {
            "PATH": os.pathsep.join(map(str, path)),
            "HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSL_CAINFO": self.variables["BBT_STAND_IN_CA"],
            "EMAIL": "bench@example.com",
            "ACME_TOKEN": self.token,
        }

    def url_with_token(self):
        """What people do today."""
        return URL.replace("https://", f"https://x-token-auth:{self.token}@") + f"/{REPOSITORY}.git"


def run(command, environment, folder=None, **more):
    """Runs it, and ends where it fails."""
    ended = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, **more)
    if ended.returncode != 0:
        # Not the command: there is a token in some.
        raise SystemExit(f"{pathlib.Path(command[0]).name} failed:\n{ended.stderr[-2000:]}")
    return ended.stdout
