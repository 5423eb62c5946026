"""Events on their way to a real receiver: what they say, tries, and who is not told."""

import logging
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions import Policy, end, webhooks
from sessions_dashboard.sessions.cleanup import DELIVERIES_KEPT, Position, Walk, clean_slice
from sessions_dashboard.sessions.deliveries import WAITS
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.webhook_models import webhook_deliveries, webhook_endpoints
from sessions_dashboard.sessions.webhook_signing import new_salt, secret_text
from tests.support.people import sign_in
from tests.support.receiver import Receiver, Told, running_receiver, signature, wait_until
from tests.webhooks.conftest import KEY, Office

PROJECT = Path(__file__).resolve().parents[2]
# A worker that does nothing but send.
WORKER = """
import asyncio, sys
from sessions_dashboard.runtime import Runtime
from sessions_dashboard.settings import Settings
from sessions_dashboard.webhooks.sender import WebhookSender

async def main():
    runtime = Runtime(Settings(
        _env_file=None, secret_key="k" * 32, database_url=sys.argv[1],
        webhooks_private_addresses=True,
    ), ())
    runtime.open()
    WebhookSender(runtime).start()
    await asyncio.sleep(600)

asyncio.run(main())
"""


class TestWhatIsTold:
    def test_is_who_what_when_and_why_and_no_secret(
        self, office: Office, receiver: Receiver
    ) -> None:
        _id, secret = office.add(receiver.url)
        with office.database.begin() as db:
            other = sign_in(db, office.admin.actor.user_id, utc_now())
            end(db, office.admin.actor, other.public_id, Policy(), utc_now())

        office.work()

        told = {one.event["type"]: one for one in receiver.told}
        assert set(told) == {"webhook_added", "signed_in", "ended"}
        event = told["ended"].event
        assert event.pop("time").endswith("Z")
        assert event.pop("device") == "Chrome on Windows"
        assert event.pop("ip_address")
        assert event == {
            "id": told["ended"].id,
            "type": "ended",
            "user": office.admin.actor.user_public_id,
            "session": other.public_id,
            "by": office.admin.actor.user_public_id,
            "reason": "revoked",
            "details": {},
        }
        everything = repr(receiver.told)
        assert other.token not in everything
        assert secret not in everything

    def test_is_signed_as_the_specification_says(self, office: Office, receiver: Receiver) -> None:
        # The specification's own example, so that the check below is the right one.
        example = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            '{"test": 2432232314}',
        )
        assert example == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        _id, secret = office.add(receiver.url)

        office.work()

        [told] = receiver.told
        assert told.is_signed_with(secret)
        assert told.headers["content-type"] == "application/json"
        assert abs(int(told.headers["webhook-timestamp"]) - utc_now().timestamp()) < 30
        forged = Told(told.path, told.headers, told.body.replace("webhook", "web"))
        assert not forged.is_signed_with(secret)

    def test_is_signed_with_the_former_secret_as_well_for_a_day(
        self, office: Office, receiver: Receiver
    ) -> None:
        endpoint, former = office.add(receiver.url)
        salt = new_salt()
        office.do(webhooks.rotate_secret, endpoint, salt)
        present = secret_text([KEY], salt)

        office.work()

        assert all(one.is_signed_with(former) for one in receiver.told)
        assert all(one.is_signed_with(present) for one in receiver.told)

        long_ago = utc_now() - timedelta(days=1, seconds=1)
        with office.database.begin() as db:
            db.execute(webhook_endpoints.update().values(rotated_at=long_ago))
        receiver.told.clear()
        office.happen()
        office.work()

        [told] = receiver.told
        assert told.is_signed_with(present)
        assert not told.is_signed_with(former)

    def test_stays_right_while_the_servers_own_key_is_rotated(
        self, office: Office, receiver: Receiver, database_url: str
    ) -> None:
        _id, secret = office.add(receiver.url)
        office.values["secret_key"] = f"{'n' * 32},{KEY}"
        office.runtime = office.new_runtime()

        office.work()

        assert receiver.told[0].is_signed_with(secret)

    def test_is_what_was_asked_for(self, office: Office, receiver: Receiver) -> None:
        endpoint, _secret = office.add(receiver.url, EventKind.SIGNED_IN)
        office.happen(EventKind.RENAMED, details={"name": "x"})
        office.happen(EventKind.SIGNED_IN)
        office.do(webhooks.choose_kinds, endpoint, [EventKind.RENAMED])
        office.happen(EventKind.SIGNED_IN)
        office.happen(EventKind.RENAMED, details={"name": "y"})

        office.work()

        assert sorted(event["type"] for event in receiver.events) == ["renamed", "signed_in"]

    @pytest.mark.parametrize("kind", list(EventKind))
    def test_is_every_kind_of_the_history(
        self, office: Office, receiver: Receiver, kind: EventKind
    ) -> None:
        office.add(receiver.url, kind)
        before = len(office.rows())
        office.happen(kind)

        [row] = office.rows()[before:]
        assert row.kind == kind.value

    def test_is_not_told_if_it_did_not_happen(self, office: Office, receiver: Receiver) -> None:
        office.add(receiver.url, EventKind.RENAMED)

        def work(db: Any) -> None:
            record(db, EventKind.RENAMED, utc_now(), user_id=office.admin.actor.user_id)
            raise RuntimeError

        with pytest.raises(RuntimeError):
            office.database.write_here(work)

        assert office.rows() == []

    def test_history_and_endpoint_name_no_path(self, office: Office, receiver: Receiver) -> None:
        """What comes after the host may be the receiver's own secret."""
        office.add(receiver.url + "/T0P-SECRET")

        office.work()

        assert receiver.events[0]["details"]["host"] == f"127.0.0.1:{receiver.port}"
        assert "T0P-SECRET" not in receiver.told[0].body


class TestSending:
    def test_is_tried_again_after_an_error_until_it_is_accepted(
        self, office: Office, receiver: Receiver
    ) -> None:
        office.add(receiver.url)
        receiver.answer = lambda _: (500, {}, b"<b>out of\x1b[31m order</b>" + b"x" * 9999)

        office.work()

        [row] = office.rows()
        assert (row.status, row.failure, row.attempts) == (500, "status", 1)
        assert row.answer.startswith("<b>out of[31m order</b>xxx")
        assert len(row.answer) == 300
        assert row.finished_at is None
        wait = (row.due_at - row.tried_at).total_seconds()
        assert wait == WAITS[0].total_seconds()
        assert len(receiver.told) == 1

        receiver.answer = lambda _: (200, {}, b"thanks")
        office.let_time_pass()
        office.work()

        [row] = office.rows()
        assert (row.status, row.failure, row.answer, row.attempts) == (200, None, "thanks", 2)
        assert row.finished_at is not None
        first, second = receiver.told
        assert (first.id, first.body) == (second.id, second.body)

    def test_goes_on_after_nobody_listened(self, office: Office) -> None:
        with running_receiver() as gone:
            port = gone.port
        _id, secret = office.add(f"http://127.0.0.1:{port}/")

        office.work()

        [row] = office.rows()
        assert (row.failure, row.status) == ("unreachable", None)

        with running_receiver(port) as back:
            office.let_time_pass()
            office.work()
            [told] = back.told
            assert told.is_signed_with(secret)

    def test_is_given_up_after_eight_tries_over_about_a_day(
        self, office: Office, receiver: Receiver
    ) -> None:
        office.add(receiver.url)
        receiver.answer = lambda _: (503, {}, b"")
        for _ in range(8):
            office.let_time_pass()
            office.work()

        [row] = office.rows()
        assert (row.attempts, len(receiver.told)) == (8, 8)
        assert row.finished_at is not None
        office.let_time_pass()
        office.work()
        assert len(receiver.told) == 8
        assert timedelta(hours=23) < sum(WAITS, timedelta()) < timedelta(hours=25)

    def test_is_done_once_whatever_number_of_workers_there_are(
        self, office: Office, receiver: Receiver
    ) -> None:
        office.add(receiver.url, EventKind.RENAMED)
        for n in range(40):
            office.happen(EventKind.RENAMED, details={"name": str(n)})

        office.work(workers=3)

        names = sorted(int(event["details"]["name"]) for event in receiver.events)
        assert names == list(range(40))
        assert len({told.id for told in receiver.told}) == 40

    def test_goes_on_after_a_worker_was_killed_in_the_middle(
        self, office: Office, receiver: Receiver, database_url: str
    ) -> None:
        let_go = threading.Event()

        def hang(_told: Told) -> tuple[int, dict[str, str], bytes]:
            let_go.wait(20)
            return 204, {}, b""

        receiver.answer = hang
        office.add(receiver.url)
        worker = subprocess.Popen([sys.executable, "-c", WORKER, database_url], cwd=PROJECT)
        try:
            receiver.wait_for(1)
        finally:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
            let_go.set()
        [row] = office.rows()
        assert row.finished_at is None
        # Nobody else takes it while the dead worker may still be at it.
        assert row.due_at > utc_now() + timedelta(seconds=20)

        office.let_time_pass()
        office.work()

        assert [told.id for told in receiver.told] == [row.message_id] * 2
        assert office.rows()[0].finished_at is not None

    def test_to_one_waits_for_no_slow_other(self, office: Office, receiver: Receiver) -> None:
        let_go = threading.Event()
        with running_receiver() as slow:
            slow.answer = lambda _: (204, {}, b"") if let_go.wait(20) else (500, {}, b"")
            office.add(slow.url)
            office.add(receiver.url, EventKind.RENAMED)
            for _ in range(20):
                office.happen(EventKind.RENAMED, details={"name": "x"})

            office.work(until=lambda: len(receiver.told) == 20 or let_go.set())

            let_go.set()
        assert len(receiver.told) == 20


class TestNobodyIsTold:
    def test_who_was_disabled(self, office: Office, receiver: Receiver) -> None:
        endpoint, _secret = office.add(receiver.url)
        office.happen()
        office.do(webhooks.set_enabled, endpoint, enabled=False)
        office.happen()

        office.work()

        assert receiver.told == []
        assert {row.failure for row in office.rows()} == {"disabled"}

        office.do(webhooks.set_enabled, endpoint, enabled=True)
        office.work()
        assert [event["details"].get("what") for event in receiver.events] == ["enabled"]

    def test_who_was_disabled_after_the_event_was_written(
        self, office: Office, receiver: Receiver
    ) -> None:
        office.add(receiver.url)
        with office.database.begin() as db:
            db.execute(webhook_endpoints.update().values(disabled_at=utc_now()))

        office.work()

        assert receiver.told == []
        assert [row.failure for row in office.rows()] == ["disabled"]

    def test_who_was_deleted(self, office: Office, receiver: Receiver) -> None:
        endpoint, _secret = office.add(receiver.url)
        office.do(webhooks.delete_endpoint, endpoint)

        office.work()

        assert receiver.told == []
        assert office.rows() == []

    def test_whom_a_redirect_names(self, office: Office, receiver: Receiver) -> None:
        with running_receiver() as other:
            receiver.answer = lambda _: (307, {"Location": other.url}, b"")
            office.add(receiver.url)

            office.work()

            assert other.told == []
        [row] = office.rows()
        assert (row.status, row.failure) == (307, "status")

    @pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
    def test_who_is_inside(self, database_url: str, receiver: Receiver, name: str) -> None:
        office = Office(database_url, webhooks_private_addresses=False)
        try:
            office.add(f"http://{name}:{receiver.port}/")

            office.work()

            assert receiver.told == []
            assert [row.failure for row in office.rows()] == ["address"]
        finally:
            office.close()


def test_an_endless_answer_is_cut_off(office: Office, receiver: Receiver) -> None:
    receiver.answer = lambda _: (200, {}, b"x" * 50_000_000)
    office.add(receiver.url)

    office.work()

    [row] = office.rows()
    assert (row.status, len(row.answer)) == (200, 300)
    assert row.took_ms < 2000


class TestSendingAgain:
    def test_sends_the_same_message_once_more(self, office: Office, receiver: Receiver) -> None:
        office.add(receiver.url)
        office.work()
        [row] = office.rows()

        office.do(webhooks.send_again, row.public_id)
        office.work()

        assert [told.id for told in receiver.told] == [row.message_id] * 2

    def test_is_one_try_more_for_what_was_given_up(
        self, office: Office, receiver: Receiver
    ) -> None:
        office.add(receiver.url)
        receiver.answer = lambda _: (503, {}, b"")
        for _ in range(8):
            office.let_time_pass()
            office.work()
        [row] = office.rows()

        office.do(webhooks.send_again, row.public_id)
        office.work()

        [row] = office.rows()
        assert (row.attempts, len(receiver.told)) == (9, 9)
        assert row.finished_at is not None

    def test_is_refused_while_it_is_being_sent(self, office: Office, receiver: Receiver) -> None:
        office.add(receiver.url)
        [row] = office.rows()
        refused = []

        def answer(_told: Told) -> tuple[int, dict[str, str], bytes]:
            try:
                office.do(webhooks.send_again, row.public_id)
            except webhooks.NotNow:
                refused.append(True)
            return 204, {}, b""

        receiver.answer = answer
        office.work()

        assert refused == [True]
        assert len(receiver.told) == 1

    def test_a_test_is_sent_to_one_alone(self, office: Office, receiver: Receiver) -> None:
        office.add(receiver.url, EventKind.RENAMED)
        endpoint, secret = office.add(receiver.url + "/two", EventKind.RENAMED)

        office.do(webhooks.send_test, endpoint)
        office.work()

        [told] = receiver.told
        assert (told.path, told.event["type"]) == ("/hooks/two", "test")
        assert told.is_signed_with(secret)


def test_the_database_holds_no_secret(office: Office, receiver: Receiver) -> None:
    _id, secret = office.add(receiver.url)
    office.work()
    bare = secret.removeprefix("whsec_")
    with office.database.reading() as db:
        for table in ("webhook_endpoints", "webhook_deliveries", "session_events"):
            assert bare not in repr(db.exec_driver_sql(f"SELECT * FROM {table}").all())


def test_the_log_names_no_address_and_no_secret(
    office: Office, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sessions_dashboard")
    receiver.answer = lambda _: (500, {}, b"")
    _id, secret = office.add(receiver.url + "/T0P-SECRET")

    office.work()

    said = [one.getMessage() for one in caplog.records if one.name.startswith("sessions_dash")]
    assert any("failed (status 500)" in line for line in said)
    assert not any("T0P-SECRET" in line or secret in line for line in said)


def test_the_clean_up_deletes_what_is_old(office: Office, receiver: Receiver) -> None:
    office.add(receiver.url)
    office.happen()
    old = utc_now() - DELIVERIES_KEPT
    with office.database.begin() as db:
        first = select(webhook_deliveries.c.id).order_by(webhook_deliveries.c.id).limit(1)
        db.execute(
            webhook_deliveries.update()
            .where(webhook_deliveries.c.id == first.scalar_subquery())
            .values(created_at=old)
        )
        position: Position | None = Position(Walk.DELETE_DELIVERIES)
        while position is not None:
            position = clean_slice(db, Policy(), utc_now(), position, 100).next

    assert [row.kind for row in office.rows()] == ["password_changed"]


def test_an_endpoint_that_is_deleted_meanwhile_fails_no_event(
    office: Office, receiver: Receiver
) -> None:
    """The one who signs in has nothing to do with it."""
    endpoint, _secret = office.add(receiver.url)
    stop = threading.Event()
    failed: list[BaseException] = []

    def events() -> None:
        while not stop.is_set():
            try:
                office.happen()
            except BaseException as error:
                failed.append(error)

    threads = [threading.Thread(target=events) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        office.do(webhooks.delete_endpoint, endpoint)
        endpoint, _secret = office.add(receiver.url)
    stop.set()
    for thread in threads:
        thread.join()
    wait_until(lambda: not any(thread.is_alive() for thread in threads))

    assert failed == []
