"""A house with its records; a PostgreSQL of one's own, and a register in each kind of database."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from scs_ml.records import open_records
from scs_ml.records.register import Register
from scs_ml.safeguards import load_key
from tests.records.tampering import AT
from tests.support import require

WHY = "install PostgreSQL's server programs to test the register in it"
KEY = bytes(range(32))


def _unprivileged():
    """Arguments for subprocess: the server refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("no user to run PostgreSQL as")


@pytest.fixture(scope="session")
def postgres_server():
    """URL of a server on a socket of its own; gone with the tests."""
    initdb, postgres = require("initdb", WHY), require("postgres", WHY)
    pg_ctl = require("pg_ctl", WHY)
    assert postgres
    unprivileged = _unprivileged()
    home = Path(tempfile.mkdtemp(prefix="scs_pg_", dir="/tmp"))  # a path to a socket is short
    if unprivileged:
        os.chown(home, unprivileged["user"], unprivileged["group"])
    data = home / "data"

    def run(*command):
        subprocess.run(command, check=True, cwd=home, stdout=subprocess.DEVNULL, timeout=60, **unprivileged)

    options = f"-k {home} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=20"
    try:
        run(initdb, "-D", data, "-U", "office", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
        run(pg_ctl, "-D", data, "-l", home / "log", "-w", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://office@/postgres?host={home}"
        finally:
            run(pg_ctl, "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home)


@pytest.fixture
def postgres_url(postgres_server):
    """URL of a database that nobody used yet."""
    name = f"t{secrets.token_hex(4)}"
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return postgres_server.replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'people.sqlite'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def register(database_url):
    made = Register(database_url, KEY)
    yield made
    made.engine.dispose()


# --- a house with its records, and its auditor's key outside of them ---


@pytest.fixture
def begun(tmp_path):
    """Give records and the auditor's key, which lies elsewhere."""
    auditor = tmp_path / "auditor" / "k0.key"
    auditor.parent.mkdir()
    records = open_records(tmp_path / "records", create=True, name="Statistics office", auditor_key=auditor)
    return records, load_key(auditor)


@pytest.fixture
def kept(begun):
    """Ten entries, the folder, and the auditor's key."""
    records, key = begun
    for number in range(10):
        records.log.append("read", {"number": number, "table": f"panel_{number}.csv"}, at=AT)
    return records, key


@pytest.fixture
def backup(tmp_path):
    """Copy a records folder, and put the copy back in its place."""

    def copy(folder):
        shutil.copytree(folder, tmp_path / "backup")

        def put_back():
            shutil.rmtree(folder)
            shutil.copytree(tmp_path / "backup", folder)

        return put_back

    return copy
