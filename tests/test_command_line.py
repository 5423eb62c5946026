"""`python -m sessions_dashboard`, as an operator and their scripts use it."""

import json
import os
import pty
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, func, select, text

from sessions_dashboard.__main__ import main
from sessions_dashboard.accounts.invitations import (
    invite,
    invited_by,
    new_invitation_token,
    withdraw_invitation,
)
from sessions_dashboard.accounts.models import users
from sessions_dashboard.accounts.outbox import MailKind, put
from sessions_dashboard.accounts.passwords import verify_password
from sessions_dashboard.database import Database
from sessions_dashboard.sessions import Scope, api_keys, end_by_token, resume
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.links import LinkSpent, Purpose, find, issue, redeem
from sessions_dashboard.sessions.models import cleanup_runs, sessions
from sessions_dashboard.sessions.webhook_models import webhook_deliveries
from sessions_dashboard.sessions.webhook_signing import new_salt
from sessions_dashboard.sessions.webhooks import add_endpoint
from tests.support.people import POLICY, add_many_sessions, add_user, lines, sign_in, stored
from tests.support.postgresql import PostgresqlServer
from tests.support.server import CHROME, PROJECT, bare_environment

PASSWORD = "correct horse battery staple"
KEY = "a-key-of-thirty-two-bytes-or-more"


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]
MakeBackup = Callable[[], str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process and an empty folder, with no setting but those given."""
    monkeypatch.chdir(tmp_path)
    for name in set(os.environ).difference(bare_environment()):
        monkeypatch.delenv(name)

    def run(*arguments: str, stdin: str | bytes = b"", **settings: str) -> Done:
        done = CliRunner().invoke(
            main, arguments, input=stdin, env=settings, prog_name="python -m sessions_dashboard"
        )
        # Anything else would be a stack trace on somebody's screen.
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Done(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def run_on(run: Run, database_url: str) -> Run:
    """Likewise on a migrated, empty database."""
    return lambda *arguments, **options: run(
        *arguments, **({"DATABASE_URL": database_url, "SECRET_KEY": KEY} | options)
    )


@pytest.fixture
def make_backup(
    database: Database, database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[MakeBackup]:
    """Copies the database as it is now; the URL of the copy."""
    copies: list[str] = []
    server: PostgresqlServer | None = None
    if not database.is_sqlite:
        server = request.getfixturevalue("postgresql_server")

    def make() -> str:
        if server is not None:
            # PostgreSQL copies no database that somebody is connected to.
            database.engine.dispose()
            copies.append(server.create_database(database_url))
            return copies[-1]
        file = tmp_path / "backup.db"
        with (
            closing(sqlite3.connect(tmp_path / "sessions.db")) as db,
            closing(sqlite3.connect(file)) as copy,
        ):
            db.backup(copy)
        return f"sqlite:///{file}"

    yield make
    for url in copies:
        assert server is not None
        server.drop_database(url)


@pytest.fixture
def run_program(tmp_path: Path) -> Run:
    """Runs it as a program of its own, in an empty folder, with no setting but those given."""

    def run(*arguments: str, stdin: str = "", **settings: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "sessions_dashboard", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=bare_environment() | {"PYTHONPATH": str(PROJECT)} | settings,
            timeout=60,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


def assert_fails(done: Done, status: int, line: str) -> None:
    """With this status, one line on stderr and nothing on stdout."""
    assert (done.returncode, done.stdout) == (status, ""), done
    assert done.stderr.count("\n") == 1, done.stderr
    assert re.search(line, done.stderr), done.stderr


def only(database: Database, query: Any) -> Any:
    with database.reading() as db:
        return db.execute(query).one()


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("nonsense",),
            ("create-user",),
            ("create-user", "a@b", "c@d"),
            ("sessions",),
            ("sessions", "revoke"),
            ("sessions", "list", "--limit", "0"),
            ("sessions", "list", "--limit", "many"),
            ("demo", "--sessions", "-1"),
            ("cleanup", "--nonsense"),
            ("after-restore", "now"),
            ("policy",),
            ("policy", "set"),
        ],
    )
    def test_a_wrong_one_is_told_on_stderr_with_status_2(
        self, run: Run, tmp_path: Path, arguments: tuple[str, ...]
    ) -> None:
        done = run(*arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert "Usage: python -m sessions_dashboard" in done.stderr
        # Nothing was opened or made for it.
        assert list(tmp_path.iterdir()) == []

    def test_help_is_an_answer(self, run: Run) -> None:
        done = run("--help")
        assert done.returncode == 0
        for command in (
            *("create-user", "demo", "sessions", "cleanup", "after-restore", "policy"),
            *("settings", "device"),
        ):
            assert command in done.stdout


class TestCreateUser:
    def test_makes_an_account_with_the_password_of_standard_input(
        self, run_on: Run, database: Database
    ) -> None:
        done = run_on("create-user", " Ada@Example.com", "--password-stdin", stdin=PASSWORD + "\n")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "ada@example.com can sign in now\n"
        row = only(database, select(users))
        assert row.email == "ada@example.com"
        assert row.is_admin is False
        assert verify_password(PASSWORD, row.password_hash)
        assert PASSWORD not in row.password_hash

    def test_makes_an_administrator(self, run_on: Run, database: Database) -> None:
        done = run_on("create-user", "a@b", "--admin", "--password-stdin", stdin=PASSWORD)
        assert done.stdout == "a@b can sign in now as an administrator\n"
        assert only(database, select(users)).is_admin is True

    def test_asks_twice_at_a_terminal_and_shows_nothing(self, tmp_path: Path) -> None:
        pid, terminal = pty.fork()
        if pid == 0:  # pragma: no cover
            os.chdir(tmp_path)
            os.execve(
                sys.executable,
                [sys.executable, "-m", "sessions_dashboard", "create-user", "a@b"],
                bare_environment() | {"PYTHONPATH": str(PROJECT), "SECRET_KEY": KEY},
            )
        shown = b""
        for prompt in (b"Password: ", b"confirmation: "):
            while not shown.endswith(prompt):
                shown += os.read(terminal, 1024)
            os.write(terminal, PASSWORD.encode() + b"\n")
        try:
            while more := os.read(terminal, 1024):
                shown += more
        except OSError:
            pass
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, shown
        assert PASSWORD.encode() not in shown
        database = Database(f"sqlite:///{tmp_path / 'sessions.db'}")
        assert only(database, select(users)).email == "a@b"
        database.close()

    @pytest.mark.parametrize(
        ("email", "password", "line"),
        [
            ("nobody", PASSWORD, "^error: Enter an email address"),
            ("a b@c", PASSWORD, "^error: An email address has no spaces"),
            ("a@b", "short", "^error: Choose a password of 12 characters or more"),
            ("a@b", "", "^error: Choose a password of 12 characters or more"),
            ("a@b", b"\xff\xfe" * 10, "^error: The password must be text in UTF-8"),
            ("ada@example.com", "ada@example.com", "^error: Choose a password that is not your"),
        ],
    )
    def test_says_in_one_line_why_it_can_not(
        self, run: Run, email: str, password: str, line: str
    ) -> None:
        done = run("create-user", email, "--password-stdin", stdin=password, SECRET_KEY=KEY)
        assert_fails(done, 1, line)

    def test_refuses_an_address_that_is_taken(self, run_on: Run, database: Database) -> None:
        with database.begin() as db:
            add_user(db, "ada")
        done = run_on("create-user", "ADA@example.com", "--password-stdin", stdin=PASSWORD)
        assert_fails(done, 1, "^error: There is an account with the address ada@example.com")
        with database.reading() as db:
            assert db.execute(select(func.count()).select_from(users)).scalar_one() == 1


class TestDemo:
    def test_fills_an_empty_database_and_tells_how_to_sign_in(
        self, run_on: Run, database: Database
    ) -> None:
        done = run_on("demo", "--sessions", "120")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("20 accounts, 120 sessions. Sign in with\n")
        password = re.search(r"password: (\S+)", done.stdout)
        assert password
        with database.reading() as db:
            made = db.execute(select(users).order_by(users.c.id)).all()
            rows = db.execute(select(sessions)).all()
        assert [user.email for user in made if user.is_admin] == ["ada@example.com"]
        assert {row.email for row in made[:2]} == {"ada@example.com", "grace@example.com"}
        assert all(verify_password(password[1], user.password_hash) for user in made[:2])
        assert len(rows) == 120
        assert len({row.token_digest for row in rows}) == 120
        assert len({row.device_label for row in rows}) > 5
        assert {row.ended_at is None for row in rows} == {True, False}
        for row in rows:
            assert row.created_at <= row.last_seen_at <= datetime.now(UTC)
            assert row.ended_at is None or row.created_at <= row.ended_at
        # A newcomer who signs in sees a handful of live devices.
        for user in made[:2]:
            assert sum(row.user_id == user.id and row.ended_at is None for row in rows) >= 5

    def test_leaves_a_database_alone_that_has_accounts(
        self, run_on: Run, database: Database
    ) -> None:
        with database.begin() as db:
            add_user(db)
        assert_fails(run_on("demo"), 1, "^error: the database has accounts already")
        with database.reading() as db:
            assert db.execute(select(func.count()).select_from(sessions)).scalar_one() == 0

    def test_makes_another_password_each_time(self, run: Run, tmp_path: Path) -> None:
        passwords = set()
        for number in range(2):
            url = f"sqlite:///{tmp_path / str(number)}.db"
            done = run("demo", "--sessions", "0", DATABASE_URL=url, SECRET_KEY=KEY)
            assert done.stdout.startswith("20 accounts, 0 sessions.")
            passwords.add(done.stdout.split()[-1])
        assert len(passwords) == 2


class TestSessions:
    def test_list_shows_the_active_ones_newest_first(self, run_on: Run, database: Database) -> None:
        now = datetime.now(UTC)
        with database.begin() as db:
            ada, bob = add_user(db, "ada"), add_user(db, "bob")
            older = sign_in(db, ada, now - timedelta(hours=2))
            newer = sign_in(db, bob, now - timedelta(hours=1), ip_address="198.51.100.7")
            add_many_sessions(db, ada, 1, created_at=now, last_seen_at=now, ended_at=now)
        done = run_on("sessions", "list")
        assert (done.returncode, done.stderr) == (0, "")
        first, second = done.stdout.splitlines()
        assert first.startswith(
            f"{newer.public_id}  bob@example.com  Chrome on Windows  198.51.100.7  last active "
        )
        assert second.startswith(older.public_id)
        assert newer.token not in done.stdout
        narrowed = run_on("sessions", "list", "--search", "ada")
        assert [line.split()[0] for line in narrowed.stdout.splitlines()] == [older.public_id]
        cut = run_on("sessions", "list", "--limit", "1")
        assert cut.stdout.count("\n") == 1
        assert cut.stderr == "(more than 1; narrow it with --search)\n"

    def test_revoke_ends_one(self, run_on: Run, database: Database) -> None:
        with database.begin() as db:
            signed_in = sign_in(db, add_user(db), datetime.now(UTC))
        done = run_on("sessions", "revoke", signed_in.public_id)
        assert (done.returncode, done.stdout, done.stderr) == (0, "revoked\n", "")
        with database.reading() as db:
            assert stored(db, signed_in.public_id).end_reason == "revoked_by_admin"
        again = run_on("sessions", "revoke", signed_in.public_id)
        assert_fails(again, 1, "^error: no active session has this id$")

    @pytest.mark.parametrize("session_id", ["x", "", "%", "01a20a15-bbb7-7532-9bc9-5c56488a8c78"])
    def test_revoke_of_none_fails(self, run: Run, session_id: str) -> None:
        done = run("sessions", "revoke", session_id, SECRET_KEY=KEY)
        assert_fails(done, 1, "^error: no active session has this id$")


class TestCleanup:
    def test_says_what_it_would_do_and_then_does_it(self, run_on: Run, database: Database) -> None:
        long_ago = datetime.now(UTC) - timedelta(days=200)
        with database.begin() as db:
            user_id = add_user(db)
            add_many_sessions(db, user_id, 12, ended_at=long_ago, end_reason="revoked")
            recent = datetime.now(UTC)
            add_many_sessions(db, user_id, 2, created_at=recent, last_seen_at=recent)

        def left() -> int:
            with database.reading() as db:
                return int(db.execute(select(func.count()).select_from(sessions)).scalar_one())

        asked = run_on("cleanup", "--dry-run")
        assert (asked.returncode, asked.stdout) == (0, "12 sessions would be deleted\n")
        assert left() == 14
        done = run_on("cleanup")
        assert (done.returncode, done.stdout, done.stderr) == (0, "12 sessions deleted\n", "")
        assert left() == 2
        assert run_on("cleanup", "--dry-run").stdout == "0 sessions would be deleted\n"
        record = only(database, select(cleanup_runs))
        assert (record.deleted_rows, record.scheduled_for, record.error) == (12, None, None)

    def test_keeps_to_the_policy_in_force(self, run_on: Run, database: Database) -> None:
        with database.begin() as db:
            yesterday = datetime.now(UTC) - timedelta(days=1)
            add_many_sessions(db, add_user(db), 1, ended_at=yesterday, end_reason="revoked")
        assert run_on("cleanup", "--dry-run").stdout == "0 sessions would be deleted\n"
        assert run_on("policy", "set", "retention=43200").stdout == "stored\n"
        assert run_on("cleanup", "--dry-run").stdout == "1 session would be deleted\n"


class TestAfterRestore:
    def test_what_was_revoked_after_the_backup_does_not_work_again(
        self, run_on: Run, database: Database, make_backup: MakeBackup
    ) -> None:
        now = datetime.now(UTC)
        key, invitation = api_keys.new_key(), new_invitation_token()
        with database.begin() as db:
            user_id = add_user(db)
            browser = sign_in(db, user_id, now)
            made = api_keys.create_key(
                db, browser.actor, key, "CI", [Scope.OWN_READ], timedelta(days=7), POLICY, now
            )
            invite(db, user_id, invitation, now)
            links = {one: issue(db, user_id, one, now, browser.actor.id) for one in Purpose}
        restored = make_backup()
        with database.begin() as db:
            api_keys.revoke_key(db, browser.actor, made, now)
            withdraw_invitation(db, user_id)
            for purpose, token in links.items():
                redeem(db, token, purpose, now)
            end_by_token(db, browser.token, now)

        def works(url: str) -> list[bool]:
            opened = Database(url)
            with opened.reading() as db:
                found = [
                    resume(db, browser.token, POLICY, now) is not None,
                    api_keys.resume_key(db, key, now) is not None,
                    invited_by(db, invitation, now) is not None,
                    *(_link_works(db, *link, now) for link in links.items()),
                ]
            opened.close()
            return found

        assert works(restored) == [True] * 5

        done = run_on("after-restore", "--yes", DATABASE_URL=restored)

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == (
            "1 session ended, 1 API key revoked\n"
            "made useless: 1 one-time link, 2 mailed links, 0 waiting mails\n"
        )
        assert works(restored) == [False] * 5

    @pytest.mark.parametrize(("options", "told"), [([], ["ended"]), (["--disable-webhooks"], [])])
    def test_webhooks_are_told_unless_they_are_disabled_first(
        self, run_on: Run, database: Database, options: list[str], told: list[str]
    ) -> None:
        now = datetime.now(UTC)
        with database.begin() as db:
            root = sign_in(db, add_user(db, "root", is_admin=True), now)
            for host in ("gone.example", "here.example"):
                salt, url = new_salt(), f"https://{host}/hook"
                add_endpoint(db, root.actor, url, [EventKind.ENDED], salt, POLICY, now)
        done = run_on("after-restore", "--yes", *options)
        assert (done.returncode, done.stderr) == (0, "")
        assert ("2 webhooks disabled\n" in done.stdout) is not bool(told)
        with database.reading() as db:
            waiting = db.execute(
                select(webhook_deliveries.c.kind).where(webhook_deliveries.c.finished_at.is_(None))
            ).scalars()
            assert list(waiting) == told * 2
            disabled = [
                line.details["host"]
                for line in lines(db, EventKind.WEBHOOK_CHANGED)
                if line.details["what"] == "disabled"
            ]
            assert disabled == ([] if told else ["gone.example", "here.example"])

    def test_the_second_time_it_finds_nothing(self, run_on: Run, database: Database) -> None:
        with database.begin() as db:
            user_id = add_user(db)
            sign_in(db, user_id, datetime.now(UTC))
            put(db, MailKind.RESET_PASSWORD, user_id, datetime.now(UTC))
        assert run_on("after-restore", "--yes").stdout == (
            "1 session ended, 0 API keys revoked\n"
            "made useless: 0 one-time links, 0 mailed links, 1 waiting mail\n"
        )
        again = run_on("after-restore", "--yes")
        assert (again.returncode, again.stderr) == (0, "")
        assert again.stdout == (
            "0 sessions ended, 0 API keys revoked\n"
            "made useless: 0 one-time links, 0 mailed links, 0 waiting mails\n"
        )

    @pytest.mark.parametrize("answer", ["", "\n", "n\n", "no\n"])
    def test_without_a_yes_it_does_nothing(
        self, run_on: Run, database: Database, answer: str
    ) -> None:
        with database.begin() as db:
            browser = sign_in(db, add_user(db), datetime.now(UTC))
        done = run_on("after-restore", stdin=answer)
        assert done.returncode == 1
        assert done.stderr.endswith("Aborted!\n")
        with database.reading() as db:
            assert stored(db, browser.public_id).ended_at is None

    def test_at_a_yes_it_goes_on(self, run_on: Run, database: Database) -> None:
        with database.begin() as db:
            browser = sign_in(db, add_user(db), datetime.now(UTC))
        done = run_on("after-restore", stdin="y\n")
        assert (done.returncode, "1 session ended" in done.stdout) == (0, True)
        with database.reading() as db:
            assert stored(db, browser.public_id).end_reason == "revoked_by_admin"

    def test_who_is_asked_is_told_on_stderr_what_it_would_do(self, run_program: Run) -> None:
        done = run_program("after-restore")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("Sign everybody out, revoke every API key and ")
        assert done.stderr.endswith("Aborted!\n")


def _link_works(db: Connection, purpose: Purpose, token: str, now: datetime) -> bool:
    try:
        find(db, token, purpose, now)
    except LinkSpent:
        return False
    return True


class TestPolicy:
    def test_begins_with_the_settings_and_is_then_its_own(
        self, run_on: Run, database: Database
    ) -> None:
        first = run_on("policy", "show", SESSIONS_LIFETIME_DAYS="20")
        assert first.returncode == 0
        assert "lifetime=1728000\n" in first.stdout
        assert run_on("policy", "show", SESSIONS_LIFETIME_DAYS="25").stdout == first.stdout
        changed = run_on("policy", "set", "lifetime=864000", "idle_timeout=3600")
        assert (changed.returncode, changed.stdout, changed.stderr) == (0, "stored\n", "")
        shown = run_on("policy", "show").stdout.splitlines()
        assert shown[:2] == ["lifetime=864000", "idle_timeout=3600"]

    @pytest.mark.parametrize(
        "change",
        [
            "x=1",
            "lifetime=-1",
            "lifetime=soon",
            "lifetime",
            "=",
            "lifetime=nan",
            "idle_timeout=1e99",
        ],
    )
    def test_says_in_one_line_what_it_does_not_take(self, run: Run, change: str) -> None:
        before = run("policy", "show", SECRET_KEY=KEY)
        assert_fails(run("policy", "set", change, SECRET_KEY=KEY), 1, "^error: ")
        assert run("policy", "show", SECRET_KEY=KEY) == before


class TestSettings:
    def test_shows_each_with_meaning_default_and_value_and_masks_secrets(self, run: Run) -> None:
        done = run(
            "settings",
            SECRET_KEY=KEY,
            DATABASE_URL="postgresql://someone:hunter2@127.0.0.1:1/x",
            PUBLIC_URL="https://sessions.example.com",
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert KEY not in done.stdout
        assert "hunter2" not in done.stdout
        assert done.stdout.count("(set, not shown)") == 2
        assert "PUBLIC_URL\n    The address that people type" in done.stdout
        assert "now:     https://sessions.example.com" in done.stdout
        assert "SESSIONS_CLEANUP_SCHEDULE\n" in done.stdout
        assert "default: 0 3 * * *" in done.stdout

    @pytest.mark.parametrize(
        ("setting", "value", "line"),
        [
            ("SECRET_KEY", "short", "^error: SECRET_KEY: every key must have 32 bytes"),
            ("PUBLIC_URL", "nonsense", "^error: PUBLIC_URL must look like"),
            ("SESSIONS_CLEANUP_SCHEDULE", "daily", "^error: SESSIONS_CLEANUP_SCHEDULE: "),
            ("SESSIONS_COOKIE_HTTPONLY", "false", "^error: SESSIONS_COOKIE_HTTPONLY must stay"),
            ("DATABASE_URL", "mysql://x:hunter2@y/z", "^error: DATABASE_URL must start with"),
        ],
    )
    def test_a_wrong_one_stops_every_command_with_one_line(
        self, run: Run, setting: str, value: str, line: str
    ) -> None:
        for command in (("settings",), ("cleanup",)):
            done = run(*command, **({"SECRET_KEY": KEY} | {setting: value}))
            assert_fails(done, 1, line)
            assert "hunter2" not in done.stderr

    def test_a_file_of_settings_that_is_no_text_is_named(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / ".env").write_bytes(b"\xff\xfe=1")
        assert_fails(run("settings"), 1, "^error: .env must be text in UTF-8$")

    def test_a_key_file_that_can_not_be_read_is_named(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / ".secret_key").mkdir()
        assert_fails(run("settings"), 1, "^error: .secret_key can't be used: Is a directory$")


class TestDevice:
    def test_names_user_agents_line_by_line(self, run: Run) -> None:
        hints = {"sec-ch-ua-platform": '"Windows"', "sec-ch-ua-platform-version": '"15.0.0"'}
        hinted = {"ua": CHROME, "headers": hints}
        done = run("device", stdin=f"{CHROME}\n\n{json.dumps(hinted)}\n{{broken\n")
        assert (done.returncode, done.stderr) == (0, "")
        chrome, empty, with_hints, broken = map(json.loads, done.stdout.splitlines())
        assert (chrome["browser"], chrome["os"], chrome["label"]) == (
            "Chrome",
            "Windows",
            "Chrome on Windows",
        )
        assert set(chrome) >= {"browser", "os", "kind", "bot", "label"}
        assert empty["label"]
        assert with_hints["os_version"] == "11"
        assert broken["error"]


class TestTheDatabase:
    """What keeps a command from it is told in one line; no password of it is."""

    @pytest.mark.parametrize(
        ("url", "line"),
        [
            ("sqlite:////no/such/folder/x.db", "^error: DATABASE_URL: there is no folder"),
            ("postgresql://someone:hunter2@127.0.0.1:1/x", "^error: connection failed"),
            ("sqlite:///junk.db", "^error: file is not a database$"),
        ],
    )
    def test_that_can_not_be_opened(self, run: Run, tmp_path: Path, url: str, line: str) -> None:
        (tmp_path / "junk.db").write_bytes(b"x" * 5_000)
        done = run("sessions", "list", DATABASE_URL=url, SECRET_KEY=KEY)
        assert_fails(done, 1, line)
        assert "hunter2" not in done.stderr

    def test_of_a_newer_version(self, run_on: Run, database: Database) -> None:
        with database.begin() as db:
            db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        assert_fails(run_on("cleanup"), 1, "^error: Can't locate revision identified by '9999'$")

    def test_is_migrated_by_the_first_command(self, run: Run, tmp_path: Path) -> None:
        done = run("sessions", "list")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert (tmp_path / "sessions.db").exists()
        assert (tmp_path / ".secret_key").stat().st_mode & 0o777 == 0o600


class TestAsAProgram:
    """The same, with a process and its exit status of its own."""

    def test_success_is_0(self, run_program: Run, tmp_path: Path) -> None:
        done = run_program("create-user", "a@b", "--password-stdin", stdin=PASSWORD)
        assert done == Done(0, "a@b can sign in now\n", "")
        assert (tmp_path / "sessions.db").exists()

    def test_failure_is_1(self, run_program: Run) -> None:
        done = run_program("create-user", "a@b", "--password-stdin", stdin="short")
        assert_fails(done, 1, "^error: Choose a password of 12 characters or more")

    def test_usage_is_2(self, run_program: Run) -> None:
        done = run_program("sessions", "revoke")
        assert (done.returncode, done.stdout) == (2, "")
        assert "Usage: python -m sessions_dashboard sessions revoke" in done.stderr

    def test_a_reader_that_has_enough_is_no_failure(self, tmp_path: Path) -> None:
        """`... device < agents | head -1`"""
        agents = tmp_path / "agents"
        agents.write_text(f"{CHROME}\n" * 5_000)
        done = subprocess.run(
            f"{sys.executable} -m sessions_dashboard device < agents | head -1",
            shell=True,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=bare_environment() | {"PYTHONPATH": str(PROJECT)},
            timeout=60,
        )
        assert json.loads(done.stdout)["browser"] == "Chrome"
        assert done.stderr == ""


def test_serve_does_not_share_a_port_with_a_server_that_was_forgotten(run_program: Run) -> None:
    with socket.socket() as forgotten:
        # As workers do, which share theirs.
        forgotten.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        forgotten.bind(("127.0.0.1", 0))
        forgotten.listen()
        port = str(forgotten.getsockname()[1])
        done = run_program("serve", "--port", port, SECRET_KEY=KEY, PUBLIC_URL="http://localhost")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: can't listen on 127.0.0.1, port {port}: Address already in use\n"
