"""Whatever happens in whatever order, the table agrees with a few lines of plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, select

from sessions_dashboard.database import Database
from sessions_dashboard.sessions import (
    EndReason,
    NotFound,
    NotSignedIn,
    PasswordNeeded,
    Policy,
    end,
    end_by_token,
    end_others,
    rename,
    resume,
    resume_by_public_id,
    rotate,
    touch,
)
from sessions_dashboard.sessions.cleanup import Position, clean_slice, count_doomed
from sessions_dashboard.sessions.counting import Count
from sessions_dashboard.sessions.filters import View
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.listing import count_of
from sessions_dashboard.sessions.models import session_events
from sessions_dashboard.sessions.queries import (
    devices_of,
    ending_of,
    no_longer_live,
)
from tests.support.lists import all_of
from tests.support.people import NOW, SignedIn, add_user, set_user, sign_in

HOUR = timedelta(hours=1)
policy = Policy(
    lifetime=30 * HOUR,
    idle_timeout=10 * HOUR,
    admin_lifetime=30 * HOUR,
    admin_idle_timeout=10 * HOUR,
    retention=5 * HOUR,
    touch_interval=HOUR,
    young_for=4 * HOUR,
    step_up_after=1_000 * HOUR,
)
NAMES = ("ada", "bob", "grace")


@dataclass
class ModelUser:
    is_admin: bool
    disabled: bool = False


@dataclass
class ModelSession:
    """What a session is, in one dataclass and without a database."""

    user_id: int
    created_at: datetime
    last_seen_at: datetime
    name: str | None = None
    ended_at: datetime | None = None
    reason: EndReason | None = None
    deleted: bool = False

    @property
    def open(self) -> bool:
        return self.ended_at is None and not self.deleted

    def over_since(self) -> datetime:
        ran_out = min(self.created_at + policy.lifetime, self.last_seen_at + policy.idle_timeout)
        return self.ended_at or ran_out

    def active(self, now: datetime) -> bool:
        return self.open and now < self.over_since()


class Sessions(RuleBasedStateMachine):
    database: Database
    browsers = Bundle("browsers")

    def __init__(self) -> None:
        super().__init__()
        self._transaction = self.database.begin()
        self.db: Connection = self._transaction.__enter__()
        self.now = NOW
        self.users: dict[int, ModelUser] = {}
        self.sessions: dict[str, ModelSession] = {}
        self.tokens: dict[str, str] = {}
        # Found active once, found over since: it must never be active again.
        self.buried: set[str] = set()

    def teardown(self) -> None:
        self.db.rollback()
        self._transaction.__exit__(None, None, None)

    @initialize()
    def people(self) -> None:
        for name in NAMES:
            is_admin = name == "grace"
            self.users[add_user(self.db, name, is_admin=is_admin)] = ModelUser(is_admin)

    @rule(target=browsers, who=st.integers(0, len(NAMES) - 1))
    def sign_in(self, who: int) -> object:
        user_id = list(self.users)[who]
        if self.users[user_id].disabled:
            return multiple()
        browser = sign_in(self.db, user_id, self.now)
        assert browser.public_id not in self.sessions
        self.sessions[browser.public_id] = ModelSession(user_id, self.now, self.now)
        return browser

    @rule(browser=browsers)
    def touch(self, browser: SignedIn) -> None:
        """As callers do, who have resumed it; and after its end, when it must do nothing."""
        model = self.sessions[browser.public_id]
        if not model.open:
            assert touch(self.db, browser.actor.id, self.now) is False
        elif model.active(self.now):
            later = self.now > model.last_seen_at
            assert touch(self.db, browser.actor.id, self.now) == later
            model.last_seen_at = self.now

    @rule(browser=browsers)
    def rotate(self, browser: SignedIn) -> None:
        session = resume(self.db, self._token(browser), policy, self.now)
        if session is None:
            return
        token = rotate(self.db, session, self._token(browser), self.now)
        assert token is not None
        self.tokens[browser.public_id] = token

    @rule(browser=browsers, other=browsers, name=st.sampled_from(["Phone", "Büro", ""]))
    def rename(self, browser: SignedIn, other: SignedIn, name: str) -> None:
        actor, model = self.sessions[browser.public_id], self.sessions[other.public_id]
        try:
            rename(self.db, browser.actor, other.public_id, name, self.now)
        except NotSignedIn:
            assert not self._may_act(actor)
        except NotFound:
            assert not model.open or model.user_id != actor.user_id
        else:
            assert self._may_act(actor)
            assert model.open
            assert model.user_id == actor.user_id
            model.name = name or None

    @rule(browser=browsers, other=browsers)
    def end(self, browser: SignedIn, other: SignedIn) -> None:
        actor, model = self.sessions[browser.public_id], self.sessions[other.public_id]
        own = model.user_id == actor.user_id
        allowed = own or self.users[actor.user_id].is_admin
        try:
            ended = end(self.db, browser.actor, other.public_id, policy, self.now)
        except NotSignedIn:
            assert not self._may_act(actor)
        except NotFound:
            assert not model.open or not allowed
        except PasswordNeeded:
            assert own
            assert self._is_held_up(browser, [model])
        else:
            assert self._may_act(actor)
            assert allowed
            assert model is actor or not own or not self._is_held_up(browser, [model])
            assert (ended.public_id, ended.user_id) == (other.public_id, model.user_id)
            if other.public_id == browser.public_id:
                self._mark_ended(model, EndReason.SIGNED_OUT)
            else:
                self._mark_ended(model, EndReason.REVOKED if own else EndReason.REVOKED_BY_ADMIN)

    @rule(browser=browsers)
    def end_others(self, browser: SignedIn) -> None:
        actor = self.sessions[browser.public_id]
        try:
            # A refusal takes back what was done before it, as a transaction of its own would.
            with self.db.begin_nested():
                ended = end_others(self.db, browser.actor, policy, self.now)
        except NotSignedIn:
            assert not self._may_act(actor)
            return
        except PasswordNeeded:
            ended = None
        assert self._may_act(actor)
        others = {
            public_id: model
            for public_id, model in self.sessions.items()
            if model.open and model.user_id == actor.user_id and model is not actor
        }
        expected = {public_id for public_id, model in others.items() if model.active(self.now)}
        held_up = self._is_held_up(browser, [others[public_id] for public_id in expected])
        assert (ended is None) == held_up
        if ended is None:
            return
        assert {one.public_id for one in ended} == expected
        self._mark_run_out(others.values())
        for public_id in expected:
            self._mark_ended(self.sessions[public_id], EndReason.REVOKED)

    def _is_held_up(self, browser: SignedIn, others: list["ModelSession"]) -> bool:
        """Whether a young session would end older ones."""
        actor = browser.actor
        if actor.is_admin or self.now - actor.created_at >= policy.young_for:
            return False
        return any(self.now - other.created_at >= policy.young_for for other in others)

    @rule(browser=browsers)
    def sign_out(self, browser: SignedIn) -> None:
        model = self.sessions[browser.public_id]

        ended = end_by_token(self.db, self._token(browser), self.now)

        assert (ended is not None) == model.open
        if ended is not None:
            self._mark_ended(model, EndReason.SIGNED_OUT)

    @rule(who=st.integers(0, len(NAMES) - 1), disabled=st.booleans())
    def disable(self, who: int, disabled: bool) -> None:
        user_id = list(self.users)[who]
        set_user(self.db, user_id, disabled_at=self.now if disabled else None)
        self.users[user_id].disabled = disabled

    @rule(who=st.integers(0, len(NAMES) - 1), is_admin=st.booleans())
    def change_role(self, who: int, is_admin: bool) -> None:
        user_id = list(self.users)[who]
        set_user(self.db, user_id, is_admin=is_admin)
        self.users[user_id].is_admin = is_admin

    @rule(hours=st.sampled_from([0.01, 1, 4, 9.99, 10, 31]))
    def wait(self, hours: float) -> None:
        self.now += hours * HOUR

    @rule(limit=st.integers(1, 5))
    def clean_up(self, limit: int) -> None:
        doomed = [
            model
            for model in self.sessions.values()
            if not model.deleted and model.over_since() < self.now - policy.retention
        ]
        assert count_doomed(self.db, policy, self.now) == len(doomed)
        deleted = 0
        position: Position | None = Position()
        while position is not None:
            done = clean_slice(self.db, policy, self.now, position, limit)
            deleted += done.deleted
            position = done.next
        assert deleted == len(doomed)
        self._mark_run_out(self.sessions.values())
        for model in doomed:
            model.deleted = True

    @rule(browser=browsers)
    def ask_how_it_ended(self, browser: SignedIn) -> None:
        model = self.sessions[browser.public_id]
        ending = ending_of(self.db, browser.public_id, policy, self.now)
        if model.deleted:
            assert ending is None
        elif model.reason is not None:
            assert ending is not None
            assert (ending.reason, ending.ended_at) == (model.reason, model.ended_at)
        else:
            assert (ending is None) == self._usable(model)

    @invariant()
    def resume_finds_what_is_active_and_nothing_else(self) -> None:
        for browser in self._browsers():
            model = self.sessions[browser.public_id]
            found = resume(self.db, self._token(browser), policy, self.now)
            assert found == resume_by_public_id(self.db, browser.public_id, policy, self.now)
            assert (found is not None) == self._usable(model)
            if found is not None:
                assert (found.public_id, found.user_id) == (browser.public_id, model.user_id)
                assert found.is_admin == self.users[model.user_id].is_admin
                assert found.last_seen_at == model.last_seen_at

    @invariant()
    def nothing_that_was_over_comes_back(self) -> None:
        for public_id, model in self.sessions.items():
            if not model.active(self.now):
                self.buried.add(public_id)
        for browser in self._browsers():
            if browser.public_id in self.buried:
                assert resume(self.db, self._token(browser), policy, self.now) is None

    @invariant()
    def everybody_sees_their_own_active_sessions_and_no_others(self) -> None:
        for user_id in self.users:
            shown = devices_of(self.db, user_id, policy, self.now)
            assert {(one.public_id, one.name) for one in shown} == {
                (public_id, model.name)
                for public_id, model in self.sessions.items()
                if model.user_id == user_id and model.active(self.now)
            }

    @invariant()
    def the_administrators_list_holds_every_active_session_once(self) -> None:
        listed = [row.public_id for row in all_of(self.db, View(), policy, self.now, 500)]
        active = {key for key, model in self.sessions.items() if model.active(self.now)}
        assert len(listed) == len(set(listed))
        assert count_of(self.db, View(), policy, self.now) == Count(len(listed))
        assert set(listed) == active
        unusable = {key for key, model in self.sessions.items() if not self._usable(model)}
        assert no_longer_live(self.db, list(self.sessions), policy, self.now) == unusable

    @invariant()
    def the_history_accounts_for_every_end_exactly_once(self) -> None:
        for browser in self._browsers():
            model = self.sessions[browser.public_id]
            lines = self.db.execute(
                select(session_events.c.at, session_events.c.end_reason).where(
                    session_events.c.session_id == browser.actor.id,
                    session_events.c.kind == EventKind.ENDED.value,
                )
            ).all()
            told = [(model.ended_at, model.reason)] if model.reason is not None else []
            assert [(line.at, line.end_reason) for line in lines] == told

    def _mark_run_out(self, models: Iterable[ModelSession]) -> None:
        for model in models:
            if model.open and not model.active(self.now):
                idle_end = model.last_seen_at + policy.idle_timeout
                first = idle_end < model.created_at + policy.lifetime
                reason = EndReason.IDLE if first else EndReason.LIFETIME
                model.ended_at, model.reason = model.over_since(), reason

    def _mark_ended(self, model: ModelSession, reason: EndReason) -> None:
        assert model.open
        model.ended_at, model.reason = self.now, reason

    def _may_act(self, actor: ModelSession) -> bool:
        """Whether a write under this session is taken; the caller has resumed it a moment ago."""
        return actor.open and not self.users[actor.user_id].disabled

    def _usable(self, model: ModelSession) -> bool:
        return model.active(self.now) and not self.users[model.user_id].disabled

    def _token(self, browser: SignedIn) -> str:
        """The present one; the browser signed in with another if it was rotated since."""
        return self.tokens.get(browser.public_id, browser.token)

    def _browsers(self) -> list[SignedIn]:
        return [value for key, value in self.names_to_values.items() if key.startswith("browsers")]


def test_the_table_agrees_with_the_model(database: Database) -> None:
    machine = type("SessionsHere", (Sessions,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=50 if database.is_sqlite else 15,
            stateful_step_count=30,
            deadline=None,
            # A failure is made small on SQLite alone: there that takes seconds.
            phases=[phase for phase in Phase if database.is_sqlite or phase is not Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
