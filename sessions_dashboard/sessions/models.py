"""The tables of the domain: sessions, known devices, history, the policy, clean-up runs."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    FetchedValue,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlmodel import Field, SQLModel

from sessions_dashboard.database.index_info import ONLY_ON
from sessions_dashboard.sessions.addresses import MAX_KEY_LENGTH, address_key

MAX_USER_AGENT_LENGTH = 512
MAX_NAME_LENGTH = 64

_row_id = BigInteger().with_variant(Integer, "sqlite")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _key_of_address(context: Any) -> str | None:
    return address_key(context.get_current_parameters().get("ip_address") or "")


class Session(SQLModel, table=True):
    """One browser signed in as one user.

    Indexes serve: resume by digest; a user's live sessions; the administrator's pages by key,
    whatever they are filtered by; clean-up. On PostgreSQL there is none over `last_seen_at`, which
    would cost every touch its heap-only update: lists sorted by it go by `last_seen_slot` first.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_user_id_ip_address", "user_id", "ip_address"),
        Index(
            "ix_sessions_user_id_live",
            "user_id",
            "created_at",
            **_where("ended_at IS NULL"),
        ),
        Index(
            "ix_sessions_live_created_at",
            "created_at",
            "id",
            **_where("ended_at IS NULL"),
        ),
        Index(
            "ix_sessions_ended_at",
            "ended_at",
            "id",
            **_where("ended_at IS NOT NULL"),
        ),
        Index("ix_sessions_previous_token_digest", "previous_token_digest", unique=True),
        # For the administrator's list, newest first: of all, and of all with one value.
        Index("ix_sessions_created_at", "created_at", "id"),
        *(
            Index(f"ix_sessions_{column}_created_at", column, "created_at", "id")
            for column in ("user_id", "browser", "os", "device_type", "country_code", "ip_key")
        ),
        *(
            Index(
                f"ix_sessions_end_reason_{moment}",
                "end_reason",
                moment,
                "id",
                **_where("end_reason IS NOT NULL"),
            )
            for moment in ("created_at", "ended_at")
        ),
        *(
            Index(
                f"ix_sessions_{flag}_created_at_covering",
                # With what is asked of the few that there are, so that none has to be read for it.
                *("created_at", "id", "device_type", "country_code"),
                # As the statements of each database put it.
                sqlite_where=text(f"{flag} = 1"),
                postgresql_where=text(flag),
            )
            for flag in ("new_device", "moved")
        ),
        Index("ix_sessions_last_seen_slot", "last_seen_slot"),
        Index("ix_sessions_open_last_seen_slot", "last_seen_slot", **_where("ended_at IS NULL")),
        # SQLite writes it at every touch, which costs two pages and nothing else.
        Index(
            "ix_sessions_last_seen_at",
            *("last_seen_slot", "last_seen_at", "id"),
            info={ONLY_ON: "sqlite"},
        ),
        Index("ix_sessions_ip_address", "ip_address"),
        Index("ix_sessions_device_label", "device_label"),
        Index("ix_sessions_name", "name", **_where("name IS NOT NULL")),
        Index(
            "ix_sessions_unremembered",
            "created_at",
            sqlite_where=text("ended_at IS NULL AND remembered = 0"),
            postgresql_where=text("ended_at IS NULL AND NOT remembered"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    public_id: str = Field(max_length=36, unique=True)
    user_id: int = Field(
        sa_column=Column(_row_id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False)
    )
    token_digest: bytes = Field(sa_column=Column(LargeBinary(32), unique=True, nullable=False))

    ip_address: str = Field(max_length=45)
    # The address in a form that sorts as addresses do; null where it is not known.
    ip_key: str | None = Field(
        default=None, sa_column=Column(String(MAX_KEY_LENGTH), default=_key_of_address)
    )
    user_agent: str = Field(sa_column=Column(String(MAX_USER_AGENT_LENGTH), nullable=False))
    client_hints: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON))
    device_label: str = Field(max_length=120)
    device_type: str = Field(max_length=16)
    browser: str | None = Field(default=None, max_length=64)
    browser_version: str | None = Field(default=None, max_length=32)
    os: str | None = Field(default=None, max_length=64)
    country_code: str | None = Field(default=None, max_length=2)
    country: str | None = Field(default=None, max_length=64)
    city: str | None = Field(default=None, max_length=128)
    network: str | None = Field(default=None, max_length=128)
    # The browser that it is on, as far as the browser's own cookie told.
    known_device_id: int | None = Field(default=None, sa_column=Column(_row_id))
    # Whether the account had not used that browser before.
    new_device: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    # Given by the user; the label stands in while it is empty.
    name: str | None = Field(default=None, max_length=MAX_NAME_LENGTH)

    # The token before the last rotation, when that was, and when the new one was first used.
    previous_token_digest: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32)))
    rotated_at: datetime | None = None
    token_seen_at: datetime | None = None

    # Where it was last used from, if not where it was signed in from.
    seen_ip_address: str | None = Field(default=None, max_length=45)
    seen_user_agent: str | None = Field(
        default=None, sa_column=Column(String(MAX_USER_AGENT_LENGTH))
    )
    # Whether its address or browser ever changed.
    moved: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    # What changed, while the password is asked for before anything else.
    challenge: str | None = Field(default=None, max_length=16)

    # Whether the person asked to stay signed in on this browser.
    remembered: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime
    # The ten minutes in which it was last seen, made by the database: an index over these is
    # written once in ten minutes of use, where one over `last_seen_at` would be at every touch.
    last_seen_slot: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), FetchedValue())
    )
    authenticated_at: datetime
    ended_at: datetime | None = None
    end_reason: str | None = Field(default=None, max_length=32)
    ended_by_user_id: int | None = Field(default=None, sa_column=Column(_row_id))
    # No foreign keys on who ended it: they would have to be looked up for every deleted row.
    ended_by_session_id: int | None = Field(default=None, sa_column=Column(_row_id))


class KnownDevice(SQLModel, table=True):
    """A browser that an account has signed in from, known by a cookie of its own.

    One browser that two accounts use is two rows.
    """

    __tablename__ = "known_devices"
    __table_args__ = (
        Index(
            "ix_known_devices_user_id_token_digest",
            "user_id",
            "token_digest",
            unique=True,
        ),
        Index("ix_known_devices_last_seen_at", "last_seen_at", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    public_id: str = Field(max_length=36, unique=True)
    user_id: int = Field(
        sa_column=Column(_row_id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False)
    )
    token_digest: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    # What it was and where, when it was first seen.
    device: str = Field(max_length=120)
    device_type: str = Field(max_length=16)
    city: str | None = Field(default=None, max_length=128)
    country: str | None = Field(default=None, max_length=64)
    ip_address: str = Field(max_length=45)
    first_seen_at: datetime
    last_seen_at: datetime
    # Whether the person was asked "Was this you?" and has not said yes.
    in_question: bool


class SessionEvent(SQLModel, table=True):
    """One line of the security history: append-only, and true after the session is deleted.

    Ordered by time, not by row number: the end of what ran out unnoticed is written later.
    """

    __tablename__ = "session_events"
    __table_args__ = (
        # With the kind, so that lines are counted, and those left out that are not shown, without
        # reading any.
        Index("ix_session_events_user_id_at_kind", "user_id", "at", "id", "kind"),
        Index("ix_session_events_session_id_at_kind", "session_id", "at", "id", "kind"),
        Index("ix_session_events_ip_key_at_kind", "ip_key", "at", "id", "kind"),
        Index("ix_session_events_device_kind_id", "device", "kind", "id"),
        Index("ix_session_events_kind_at", "kind", "at", "id"),
        Index("ix_session_events_at", "at", "id"),
        Index(
            "ix_session_events_end_reason_at",
            "end_reason",
            "at",
            "id",
            **_where("end_reason IS NOT NULL"),
        ),
        # Lines that concern nobody's account are found by who did it.
        Index(
            "ix_session_events_actor_user_id",
            "actor_user_id",
            **_where("user_id IS NULL AND actor_user_id IS NOT NULL"),
        ),
        # Done by somebody else than whom it concerns: by an administrator.
        Index(
            "ix_session_events_by_another_at",
            "at",
            "id",
            **_where("coalesce(user_id, 0) != actor_user_id"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    at: datetime
    kind: str = Field(max_length=32)
    # Whose history it is in; null for what concerns nobody's account.
    user_id: int | None = Field(
        default=None, sa_column=Column(_row_id, ForeignKey("users.id", ondelete="CASCADE"))
    )
    session_id: int | None = Field(default=None, sa_column=Column(_row_id))
    device: str | None = Field(default=None, max_length=120)
    ip_address: str | None = Field(default=None, max_length=45)
    # The address in a form that sorts as addresses do.
    ip_key: str | None = Field(
        default=None, sa_column=Column(String(MAX_KEY_LENGTH), default=_key_of_address)
    )
    end_reason: str | None = Field(default=None, max_length=32)
    # Who did it, and on which device, where that is another than the session's own.
    actor_user_id: int | None = Field(default=None, sa_column=Column(_row_id))
    actor_device: str | None = Field(default=None, max_length=120)
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON))


class PolicyVersion(SQLModel, table=True):
    """One version of the policy; the newest is in force.

    It holds for every session at once; how many of those that it ends are ended is counted here.
    """

    __tablename__ = "policy_versions"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    created_at: datetime
    # Null for the settings' first values and for a change from a shell.
    created_by_user_id: int | None = Field(default=None, sa_column=Column(_row_id))
    rules: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    # When all that had run out were ended; null while there may be any left.
    applied_at: datetime | None = None
    # How many had run out, once they were counted, and how many of them are ended.
    to_end: int | None = None
    ended: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    # Which process is at work on it, and until when that is believed.
    worker: str | None = Field(default=None, max_length=36)
    claimed_until: datetime | None = None


class BulkOperation(SQLModel, table=True):
    """Many sessions to be ended as one: collected for a preview, confirmed, carried out.

    Its sessions stand in `bulk_targets` until they were dealt with, so what is left to do is what
    is left there, whatever happened to the server meanwhile.
    """

    __tablename__ = "bulk_operations"
    __table_args__ = (
        Index("ix_bulk_operations_state", "state"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    public_id: str = Field(max_length=36, unique=True)
    state: str = Field(max_length=16)
    # What was asked for: the parameters of the filter; null for sessions chosen one by one.
    parameters: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    created_at: datetime
    created_by_user_id: int = Field(sa_column=Column(_row_id, nullable=False))
    # 0 where it was begun with an API key: no row has that number.
    created_by_session_id: int = Field(sa_column=Column(_row_id, nullable=False))
    created_by_key_id: int | None = Field(default=None, sa_column=Column(_row_id))
    # Sessions with a greater row number began after the preview was asked for.
    newest_session_id: int = Field(sa_column=Column(_row_id, nullable=False))
    # How far the collecting has come, by row number.
    collected_to: int = Field(default=0, sa_column=Column(_row_id, nullable=False))
    reason: str | None = Field(default=None, max_length=200)
    total: int = 0
    users: int = 0
    ended: int = 0
    already_over: int = 0
    failed: int = 0
    finished_at: datetime | None = None
    # Which process is at work on it, and until when that is believed.
    worker: str | None = Field(default=None, max_length=36)
    claimed_until: datetime | None = None


class BulkTarget(SQLModel, table=True):
    """One session that a bulk operation has yet to deal with."""

    __tablename__ = "bulk_targets"

    operation_id: int = Field(
        sa_column=Column(
            _row_id, ForeignKey("bulk_operations.id", ondelete="CASCADE"), primary_key=True
        )
    )
    # No foreign key: the clean-up deletes sessions, and this line is how it is noticed.
    session_id: int = Field(sa_column=Column(_row_id, primary_key=True, autoincrement=False))
    user_id: int = Field(sa_column=Column(_row_id, nullable=False))


class SavedView(SQLModel, table=True):
    """A view of the sessions that an administrator keeps under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("user_id", "name", name="uq_saved_views_user_id_name"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    user_id: int = Field(
        sa_column=Column(_row_id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False)
    )
    name: str = Field(max_length=60)
    # The address's parameters, and the columns that are not shown.
    parameters: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime


class CleanupRun(SQLModel, table=True):
    """One run of the clean-up; a scheduled moment is claimed by being inserted."""

    __tablename__ = "cleanup_runs"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=Column(_row_id, primary_key=True))
    # The moment the schedule named; null for a run by hand.
    scheduled_for: datetime | None = Field(default=None, unique=True)
    # Who began it by hand on a page; null for the schedule and a shell.
    started_by_user_id: int | None = Field(default=None, sa_column=Column(_row_id))
    started_at: datetime
    finished_at: datetime | None = None
    # Renewed while the run goes on, so that a crashed run can be told from a long one.
    heartbeat_at: datetime
    deleted_rows: int = 0
    deleted_events: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    error: str | None = Field(default=None, max_length=500)


sessions = Session.__table__  # type: ignore[attr-defined]
known_devices = KnownDevice.__table__  # type: ignore[attr-defined]
session_events = SessionEvent.__table__  # type: ignore[attr-defined]
policy_versions = PolicyVersion.__table__  # type: ignore[attr-defined]
bulk_operations = BulkOperation.__table__  # type: ignore[attr-defined]
bulk_targets = BulkTarget.__table__  # type: ignore[attr-defined]
saved_views = SavedView.__table__  # type: ignore[attr-defined]
cleanup_runs = CleanupRun.__table__  # type: ignore[attr-defined]
