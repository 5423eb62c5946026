"""Servers' runtimes with webhooks, and a receiver."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import webhooks
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.webhook_models import webhook_deliveries
from sessions_dashboard.sessions.webhook_signing import new_salt, secret_text
from sessions_dashboard.settings import Settings
from sessions_dashboard.webhooks.sender import WebhookSender
from tests.support.people import SignedIn, add_user, sign_in
from tests.support.receiver import Receiver, running_receiver

KEY = "k" * 32


class Office:
    """A database with an administrator, and workers that send what waits in it."""

    def __init__(self, database_url: str, **changed: Any) -> None:
        self.values: dict[str, Any] = {
            "secret_key": KEY,
            "database_url": database_url,
            "webhooks_private_addresses": True,
            **changed,
        }
        self.runtimes: list[Runtime] = []
        self.runtime = self.new_runtime()
        self.database = self.runtime.database
        self.admin: SignedIn = self.database.write_here(
            lambda db: sign_in(db, add_user(db, "root", is_admin=True), utc_now())
        )

    def new_runtime(self) -> Runtime:
        runtime = Runtime(Settings(_env_file=None, **self.values), ())
        runtime.open()
        self.runtimes.append(runtime)
        return runtime

    def do(self, deed: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Something that an administrator does."""
        policy = self.runtime.policy
        return self.database.write_here(
            lambda db: deed(db, self.admin.actor, *arguments, policy, utc_now(), **options)
        )

    def add(self, url: str, *kinds: EventKind) -> tuple[str, str]:
        """An endpoint's id and secret; without kinds it is told of all."""
        salt = new_salt()
        public_id = self.do(webhooks.add_endpoint, url, kinds or None, salt)
        return public_id, secret_text(self.runtime.settings.secret_keys, salt)

    def happen(self, kind: EventKind = EventKind.PASSWORD_CHANGED, **columns: Any) -> None:
        columns = {"user_id": self.admin.actor.user_id, **columns}
        self.database.write_here(lambda db: record(db, kind, utc_now(), **columns))

    def rows(self) -> list[Row[Any]]:
        with self.database.reading() as db:
            return list(db.execute(select(webhook_deliveries).order_by(webhook_deliveries.c.id)))

    @property
    def waiting(self) -> list[Row[Any]]:
        now = utc_now()
        return [row for row in self.rows() if row.finished_at is None and row.due_at <= now]

    @property
    def under_way(self) -> list[Row[Any]]:
        return [row for row in self.rows() if row.sending_since is not None]

    def let_time_pass(self, by: timedelta = timedelta(days=1)) -> None:
        self.database.write_here(
            lambda db: db.execute(
                update(webhook_deliveries)
                .where(webhook_deliveries.c.finished_at.is_(None))
                .values(due_at=utc_now() - by)
            )
        )

    def work(self, workers: int = 1, until: Callable[[], bool] | None = None) -> None:
        """Send all that is due, with so many workers."""
        runtimes = [self.runtime, *(self.new_runtime() for _ in range(workers - 1))]

        async def story() -> None:
            senders = [WebhookSender(runtime) for runtime in runtimes]
            for sender in senders:
                sender.start()
            async with asyncio.timeout(30):
                while not (until() if until else not self.waiting and not self.under_way):
                    await asyncio.sleep(0.02)
            for sender in senders:
                await sender.stop()

        asyncio.run(story())

    def close(self) -> None:
        for runtime in self.runtimes:
            runtime.database.close()


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    made = Office(database_url)
    yield made
    made.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running
