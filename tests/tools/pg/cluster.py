"""One cluster in a directory of its own: made, started, killed, removed."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

from pg.programs import Failed, as_server, find_bindir, reachable, server_user

LINUX = sys.platform == "linux"
# A unix socket's path may have 107 bytes on Linux and 103 on macOS, file name included.
SOCKET_DIR_BYTES_MAX = 80
START_TRIES = 5
STOP_SECONDS = 30

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = '{sockets}'
max_connections = 200
fsync = on
synchronous_commit = on
full_page_writes = on
timezone = 'UTC'
"""


class Cluster:
    """DIR: `cluster.json` (what we know), `data`, `server.log`, and the unix socket."""

    def __init__(self, directory):
        self.dir = Path(directory).absolute()
        self.mark = self.dir / "cluster.json"
        self.data = self.dir / "data"
        self.log = self.dir / "server.log"
        self.pidfile = self.data / "postmaster.pid"

    def exists(self):
        return self.mark.is_file()

    def facts(self):
        if not self.exists():
            raise Failed(f"{self.dir} is not a cluster of this tool")
        return json.loads(self.mark.read_text())

    def pid(self):
        """The postmaster's process id, or None. The file outlives a killed server, and the number may be reused."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(self.pidfile.read_text().splitlines()[0])
            return pid if (pid in self.processes() if LINUX else running(pid)) else None
        return None

    def processes(self):
        """What runs in the data directory, as every process of a server does. Only Linux tells."""
        return [int(cwd.parent.name) for cwd in Path("/proc").glob("[0-9]*/cwd") if leads_to(cwd, self.data)]

    def claim(self):
        """Takes an empty directory and marks it as ours, before anything is in it that would need cleaning up."""
        if self.dir.exists() and any(self.dir.iterdir()):
            raise Failed(f"{self.dir} is neither empty nor a cluster of this tool")
        self.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if user := server_user():
            os.chown(self.dir, user.pw_uid, user.pw_gid)
        if not reachable(self.dir):
            raise Failed(f"the server's user cannot reach {self.dir}; use the system's temporary directory")
        self.remember({"bindir": str(find_bindir()), "password": secrets.token_hex(16)})

    def remember(self, facts):
        self.mark.touch(mode=0o600)
        self.mark.write_text(json.dumps(facts))

    def start(self):
        """Starts the server, making its files the first time, and returns the URL, which stays the same for good."""
        facts = self.facts()
        if "url" in facts:
            if self.pid():
                raise Failed(f"{self.dir} is running already")
            self.launch(facts, facts["port"])
            return facts["url"]
        self.initialise(facts)
        for left in reversed(range(START_TRIES)):
            port = free_port()
            try:
                self.launch(facts, port)
                break
            except Failed:
                # Somebody else may have taken the port between our look and the server's.
                if left == 0:
                    raise
        url = f"postgres://cardfile:{facts['password']}@127.0.0.1:{port}/postgres"
        self.remember({**facts, "port": port, "url": url})
        return url

    def initialise(self, facts):
        password = self.dir / "password"
        password.touch(mode=0o600)
        password.write_text(facts["password"])
        if user := server_user():
            os.chown(password, user.pw_uid, user.pw_gid)
        # `--no-sync` spares the new files only; the server itself syncs.
        made = as_server(
            [f"{facts['bindir']}/initdb", "--no-sync", "--encoding=UTF8", "--locale=C", "--username=cardfile"]
            + ["--auth=scram-sha-256", f"--pwfile={password}", "-D", self.data]
        )
        password.unlink(missing_ok=True)
        if made.returncode != 0:
            raise Failed(f"initdb failed: {made.stderr.strip()}")
        sockets = self.dir if len(os.fsencode(self.dir)) <= SOCKET_DIR_BYTES_MAX else ""
        with open(self.data / "postgresql.conf", "a") as settings:
            settings.write(SETTINGS.format(sockets=sockets))

    def launch(self, facts, port):
        started = as_server(
            [f"{facts['bindir']}/pg_ctl", "start", "--wait", "--silent", "--timeout=60"]
            + ["-D", self.data, "-l", self.log, "-o", f"-p {port}"]
        )
        if started.returncode != 0:
            log = self.log.read_text()[-2000:] if self.log.exists() else ""
            raise Failed(f"the server did not start: {started.stderr.strip()}\n{log}")

    def kill(self):
        """The postmaster goes first, or it would see its children die and begin to recover."""
        killed = [pid for pid in [self.pid()] if pid]
        kill_all(killed)
        killed += self.processes()
        kill_all(killed)
        if not ends(killed):
            raise Failed(f"{self.dir}: killed processes are still there")
        if LINUX:
            # Where nobody reaps the postmaster it stays a zombie, and the next one would take it for a living server.
            for lock in [self.pidfile, *self.dir.glob(".s.PGSQL.*")]:
                lock.unlink(missing_ok=True)

    def remove(self):
        """May meet another removal of the same cluster: a `stop`, a watcher and a sweep know nothing of each other."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if not self.exists():
                return
            if pid := self.pid():
                os.kill(pid, signal.SIGINT)
                if not ends([pid]):
                    self.kill()
            # The mark goes last, so that an interrupted removal is still known as ours.
            for path in self.dir.iterdir():
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                elif path != self.mark:
                    path.unlink(missing_ok=True)
            shutil.rmtree(self.dir, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def leads_to(link, directory):
    with contextlib.suppress(OSError):
        return os.readlink(link) == str(directory.resolve())
    return False


def kill_all(pids):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def ends(pids):
    deadline = time.monotonic() + STOP_SECONDS
    while any(map(running, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def running(pid):
    """False for a zombie too: what has ended holds no file any more, reaped or not."""
    if LINUX:
        with contextlib.suppress(OSError):
            # The command's name stands in brackets before the state and may hold spaces and brackets itself.
            return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
        return False
    with contextlib.suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
