"""A cluster of Citus that somebody else runs: a coordinator, and a server on each of the other machines."""

import os
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from proofs.databases import Postgres

URL = "CARDFILE_TEST_CITUS_URL"
# Some versions can make a database on all machines by themselves, which would be in the way. Those that do not know
# the setting refuse any that begins like theirs.
ON_THIS_MACHINE = (
    "SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'citus.enable_create_database_propagation'"
)
# A write that was killed while it was on two machines may have left what nobody ends any more, and with it a database
# that cannot be dropped.
LEFT = "SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = current_database()"


def on(url, *statements):
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


class Machines:
    """Makes databases that spread over the machines which the coordinator knows."""

    def __init__(self):
        self.url = os.environ[URL]
        with psycopg.connect(self.url, autocommit=True) as connection:
            self.nodes = connection.execute(
                "SELECT groupid = 0, nodename, nodeport FROM pg_dist_node "
                "WHERE noderole = 'primary' AND isactive ORDER BY nodeid"
            ).fetchall()
        self.made = []

    def within(self, name, host=None, port=None):
        parts = urlsplit(self.url)
        place = parts.netloc
        if host:
            user = f"{place.rsplit('@', 1)[0]}@" if "@" in place else ""
            place = f"{user}{host}:{port}"
        return urlunsplit(parts._replace(netloc=place, path=f"/{name}"))

    def each(self):
        """Where the machines are, as to be completed by a database."""
        return [(None, None), *((host, port) for is_coordinator, host, port in self.nodes if not is_coordinator)]

    def new_database(self):
        name = f"proof_{os.getpid()}_{len(self.made)}"
        own = urlsplit(self.url).path.lstrip("/")
        for place in self.each():
            create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
            on(self.within(own, *place), ON_THIS_MACHINE, create)
            on(self.within(name, *place), "CREATE EXTENSION citus")
        with psycopg.connect(self.within(name), autocommit=True) as connection:
            for is_coordinator, host, port in self.nodes:
                call = "citus_set_coordinator_host" if is_coordinator else "citus_add_node"
                connection.execute(f"SELECT {call}(%s, %s)", (host, port))
        self.made.append(name)
        return self.within(name)

    def remove(self):
        own = urlsplit(self.url).path.lstrip("/")
        for name in self.made:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            for place in self.each():
                with psycopg.connect(self.within(name, *place), autocommit=True) as connection:
                    left = [end for (end,) in connection.execute(LEFT)]
                on(self.within(name, *place), *left)
                on(self.within(own, *place), drop)


class Citus(Postgres):
    """A database whose tables are spread. Its machines are not ours to kill."""

    name = "citus"
