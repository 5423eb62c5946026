"""The command line: `python -m sessions_dashboard`."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from alembic.util import CommandError

from sessions_dashboard import demo as demo_data
from sessions_dashboard import sessions
from sessions_dashboard.accounts import passwords, users
from sessions_dashboard.database import DATABASE_ERRORS, Database, in_one_line
from sessions_dashboard.devices.stream import describe_lines
from sessions_dashboard.jobs import end_what_came_back, run_cleanup
from sessions_dashboard.runtime import first_policy, utc_now
from sessions_dashboard.serve import NotBuilt, PortTaken
from sessions_dashboard.serve import serve as serve_pages
from sessions_dashboard.sessions.cleanup import count_doomed
from sessions_dashboard.sessions.filters import read_view
from sessions_dashboard.sessions.listing import page_of
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.policy_versions import (
    InvalidPolicy,
    ensure_policy,
    policy_from,
    store_policy,
    values_of,
)
from sessions_dashboard.sessions.restored import Walk
from sessions_dashboard.sessions.webhooks import disable_all_from_shell
from sessions_dashboard.settings import Settings, SettingsError, load_settings
from sessions_dashboard.words.common import plural

EXPECTED_ERRORS = (
    *DATABASE_ERRORS,
    # The database was migrated by a newer version.
    CommandError,
    SettingsError,
    InvalidPolicy,
    NotBuilt,
    PortTaken,
    users.InvalidEmail,
    users.EmailTaken,
    passwords.WeakPassword,
    demo_data.NotEmpty,
)


class OneLineErrors(click.Group):
    """Says what went wrong in one line on stderr; exit status 1 for a failure, 2 for usage."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except EXPECTED_ERRORS as error:
            click.echo(f"error: {in_one_line(error)}", err=True)
            sys.exit(1)


@click.group(cls=OneLineErrors)
def main() -> None:
    """Look after the session dashboard from a shell."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=3000, show_default=True, help="Port to listen at.")
def serve(host: str, port: int) -> None:
    """Serve pages that `reflex export --frontend-only --no-zip` has built."""
    serve_pages(host, port)


@main.command("create-user")
@click.argument("email")
@click.option("--admin", is_flag=True, help="Make it an administrator.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user(email: str, admin: bool, password_stdin: bool) -> None:
    """Make an account."""
    address = users.normalise_email(email)
    password = _read_password(password_stdin)
    passwords.check_new_password(password, address)
    hashed = passwords.hash_password(password)
    with _open_database() as (database, _policy):
        database.write_here(
            lambda db: users.create_user(db, address, hashed, utc_now(), is_admin=admin)
        )
    click.echo(f"{address} can sign in now" + (" as an administrator" if admin else ""))


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        line = sys.stdin.buffer.readline().rstrip(b"\r\n")
        try:
            return line.decode()
        except UnicodeDecodeError:
            raise passwords.WeakPassword("The password must be text in UTF-8.") from None
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


@main.command()
@click.option(
    "--sessions",
    "number",
    default=400,
    show_default=True,
    type=click.IntRange(0, 10_000_000),
    help="How many sessions.",
)
def demo(number: int) -> None:
    """Fill an empty database with believable accounts and sessions."""
    with _open_database() as (database, policy):
        made = demo_data.fill(database, policy, number, utc_now())
    click.echo(f"{plural(made.accounts, 'account', 'accounts')}, ", nl=False)
    click.echo(f"{plural(made.sessions, 'session', 'sessions')}. Sign in with")
    click.echo(f"  {made.admin_email} (administrator) or {made.user_email}")
    click.echo(f"  password: {made.password}")


@main.group("sessions")
def sessions_group() -> None:
    """List and revoke sessions."""


@sessions_group.command("list")
@click.option("--search", default="", help="Start of an email or address, or a word of a device.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_sessions(search: str, limit: int) -> None:
    """The active sessions, newest first, a line each."""
    with _open_database() as (database, policy), database.reading() as db:
        view = read_view({"search": search}).view
        page = page_of(db, view, policy, utc_now(), None, limit)
        for session in page.rows:
            seen = session.last_seen_at.isoformat(timespec="seconds")
            click.echo(
                f"{session.public_id}  {session.email}  {session.device_label}  "
                f"{session.ip_address}  last active {seen}"
            )
        if page.older is not None:
            click.echo(f"(more than {limit}; narrow it with --search)", err=True)


@sessions_group.command("revoke")
@click.argument("session_id")
def revoke_session(session_id: str) -> None:
    """End one session by its id; open tabs of it leave within seconds."""
    with _open_database() as (database, _policy):
        try:
            database.write_here(lambda db: sessions.end_from_shell(db, session_id, utc_now()))
        except sessions.NotFound:
            click.echo("error: no active session has this id", err=True)
            sys.exit(1)
    click.echo("revoked")


@main.command()
@click.option("--dry-run", is_flag=True, help="Only say how many sessions would be deleted.")
def cleanup(dry_run: bool) -> None:
    """Delete sessions that have been over for longer than the retention."""
    with _open_database() as (database, policy):
        if dry_run:
            with database.reading() as db:
                doomed = count_doomed(db, policy, utc_now())
            click.echo(f"{plural(doomed, 'session', 'sessions')} would be deleted")
            return
        deleted = asyncio.run(run_cleanup(database, policy))
    click.echo(f"{plural(deleted or 0, 'session', 'sessions')} deleted")


@main.command("after-restore")
@click.option("--yes", is_flag=True, help="Don't ask first.")
@click.option(
    "--disable-webhooks",
    is_flag=True,
    help="Before anything else disable every webhook, so that none is told of it.",
)
def after_restore(yes: bool, disable_webhooks: bool) -> None:
    """End all that a restored backup may have brought back: sessions, API keys and links.

    Everybody signs in again, and every API key and one-time link has to be made anew. Servers may
    be running; open tabs leave within seconds. It may be run again.
    """
    if not yes:
        question = "Sign everybody out, revoke every API key and make every link useless?"
        click.confirm(question, abort=True, err=True)
    with _open_database() as (database, in_force):
        if disable_webhooks:
            disabled = database.write_here(lambda db: disable_all_from_shell(db, utc_now()))
            click.echo(f"{plural(disabled, 'webhook', 'webhooks')} disabled")
        done = end_what_came_back(database, in_force)
    ended = plural(done[Walk.END_SESSIONS], "session", "sessions")
    revoked = plural(done[Walk.REVOKE_API_KEYS], "API key", "API keys")
    withdrawn = plural(done[Walk.WITHDRAW_INVITATIONS], "one-time link", "one-time links")
    links = done[Walk.VOID_NOT_ME_LINKS] + done[Walk.VOID_RESET_LINKS]
    mailed = plural(links, "mailed link", "mailed links")
    waiting = plural(done[Walk.GIVE_UP_MAILS], "waiting mail", "waiting mails")
    click.echo(f"{ended} ended, {revoked} revoked")
    click.echo(f"made useless: {withdrawn}, {mailed}, {waiting}")


@main.group()
def policy() -> None:
    """Read and change the session policy; a running server takes it over within seconds."""


@policy.command("show")
def show_policy() -> None:
    """The values in force: durations in seconds."""
    with _open_database() as (_database, in_force):
        for name, value in values_of(in_force).items():
            click.echo(f"{name}={value if isinstance(value, str) else f'{value:.0f}'}")


@policy.command("set")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE...")
def set_policy(changes: tuple[str, ...]) -> None:
    """Change values: durations in seconds, as `policy show` prints them."""
    with _open_database() as (database, in_force):
        values: dict[str, object] = dict(values_of(in_force))
        for change in changes:
            name, _, value = change.partition("=")
            values[name] = _number(value)
        wanted = policy_from(values)
        database.write_here(lambda db: store_policy(db, wanted, utc_now()))
    click.echo("stored")


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


@main.command("settings")
def show_settings() -> None:
    """Every setting with its meaning, default and present value."""
    settings = load_settings()
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra
        secret = isinstance(extra, dict) and bool(extra.get("secret"))
        value = getattr(settings, name)
        click.echo(name.upper())
        click.echo(f"    {field.description}")
        click.echo(f"    default: {_shown(field.default)}")
        click.echo(f"    now:     {'(set, not shown)' if secret and value else _shown(value)}")


def _shown(value: object) -> str:
    return "(none)" if value is None or value == "" else str(value)


@main.command()
def device() -> None:
    """Name the devices of user agents: one a line on stdin, JSON Lines on stdout."""
    with click.open_file("-", encoding="utf-8", errors="replace") as lines:
        for line in describe_lines(lines):
            click.echo(line)


@contextmanager
def _open_database() -> Iterator[tuple[Database, Policy]]:
    settings = load_settings()
    database = Database(settings.database_url, settings.database_pool_size)
    try:
        database.migrate()
        first = first_policy(settings)
        yield database, database.write_here(lambda db: ensure_policy(db, first, utc_now()))
    finally:
        database.close()


if __name__ == "__main__":
    main(prog_name="python -m sessions_dashboard")
