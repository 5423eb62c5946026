"""The administrators' page about the clean-up: its schedule, its runs, and one by hand."""

from dataclasses import dataclass
from datetime import UTC

import reflex as rx
from sqlalchemy import Connection

from sessions_dashboard.jobs import carry_out
from sessions_dashboard.live.access import Access, accessible_to, current_actor, current_tab
from sessions_dashboard.live.bus import Change
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import PasswordNeeded
from sessions_dashboard.sessions.cleanup_runs import (
    AlreadyRunning,
    Doomed,
    Run,
    RunState,
    claim_by_hand,
    count_what_would_go,
    page_of_runs,
    run_under_way,
)
from sessions_dashboard.sessions.counting import MAX_COUNT
from sessions_dashboard.settings.cron import cron
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.paging import Paged
from sessions_dashboard.words import admin_cleanup as words
from sessions_dashboard.words.admin_policy import duration
from sessions_dashboard.words.reading import number as written

RUNS_SIZE = 10


@dataclass(frozen=True)
class RunRow:
    id: int = 0
    started: str = ""
    begun_by: str = ""
    took: str = ""
    sessions: str = ""
    events: str = ""
    state: str = ""
    tone: str = ""
    error: str = ""


@accessible_to(Access.ADMIN, passive=("refresh",))
class AdminCleanupState(Paged, PageState):
    schedule: str = ""
    next_run: str = ""
    retention: str = ""
    would_go: str = ""
    is_running: bool = False
    progress_words: str = ""
    # Both 0 where it is unknown how much there is to do.
    done: int = 0
    to_do: int = 0
    asking: bool = False
    runs: list[RunRow] = []
    # The run that was begun on this page, whose end is announced here.
    _own_run: int = 0

    @rx.var
    def run_consequence(self) -> str:
        return words.run_consequence(self.would_go)

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.ALL_SESSIONS, AdminCleanupState.refresh
        self._show_actor()
        self.asking = False
        self._own_run = 0
        self._to_first_page()
        await self._look_ahead()
        await self._reload()

    @rx.event
    async def refresh(self) -> None:
        """Show how far a run has come; enqueued by the server."""
        self._show_expiry()
        await self._reload()

    @rx.event
    def ask_run(self) -> None:
        self.notice = self.problem = ""
        self.asking = not self.is_running

    @rx.event
    def close_dialog(self) -> None:
        self.asking = self.confirming = False

    @rx.event
    async def run(self) -> None:
        if not self.asking:
            return
        runtime, actor, policy, now = current(), current_actor(), current().policy, utc_now()
        try:
            claim = await runtime.database.write(lambda db: claim_by_hand(db, actor, policy, now))
        except PasswordNeeded:
            self.confirming = True
            return
        except AlreadyRunning:
            self.problem = words.ALREADY
        else:
            self._own_run = claim.run_id
            # Counted in full, for the progress.
            found: Doomed = await runtime.database.scan(
                lambda db: count_what_would_go(db, policy, now, up_to=None)
            )
            self.to_do = found.sessions + found.events
            # Told to every page that shows everybody's sessions.
            runtime.in_background(
                carry_out(
                    runtime.database,
                    policy,
                    claim,
                    lambda: runtime.bus.publish(Change(actor.user_id)),
                )
            )
        self.asking = self.confirming = False
        await self._reload()

    async def _look_ahead(self) -> None:
        policy, now = current().policy, utc_now()
        found: Doomed = await current().database.scan(
            lambda db: count_what_would_go(db, policy, now)
        )
        self.would_go = words.would_go(found, MAX_COUNT)
        exact = found.sessions <= MAX_COUNT and found.events <= MAX_COUNT
        self.to_do = found.sessions + found.events if exact else 0
        self.retention = words.RETENTION.format(
            sessions=duration(policy.retention), events=duration(policy.history_retention)
        )
        expression = current().settings.sessions_cleanup_schedule
        self.schedule = words.schedule(expression)
        due = cron(expression).get_next_fire_time(None, now)
        self.next_run = due.astimezone(UTC).isoformat() if due is not None else ""

    async def _reload(self) -> None:
        before, now = self._page_begins_behind(), utc_now()

        def read(db: Connection) -> tuple[Run | None, list[Run]]:
            return run_under_way(db, now), page_of_runs(db, before, RUNS_SIZE)

        running, found = await current().database.read(read)
        self.is_running = running is not None
        # A run whose server has gone announces nothing.
        current_tab().look_again_at = running.given_up_at if running is not None else None
        self.done = running.deleted_sessions + running.deleted_events if running else 0
        self.progress_words = (
            words.deleted(running.deleted_sessions, running.deleted_events) if running else ""
        )
        shown = found[:RUNS_SIZE]
        self.runs = [_row(run, run.state(now)) for run in shown]
        self._page_ends_with(shown[-1].id if len(found) > RUNS_SIZE else None)
        await self._tell_end(found)

    async def _tell_end(self, found: list[Run]) -> None:
        for run in found:
            if run.id == self._own_run and run.finished_at is not None:
                self._own_run = 0
                self.problem = run.error or ""
                if not run.error:
                    self.notice = words.finished(run.deleted_sessions, run.deleted_events)
                await self._look_ahead()


def _row(run: Run, state: RunState) -> RunRow:
    by_hand = run.started_by or words.BY_SHELL
    until = run.finished_at or run.heartbeat_at
    return RunRow(
        id=run.id,
        started=run.started_at.isoformat(),
        begun_by=words.BY_SCHEDULE if run.scheduled_for is not None else by_hand,
        took=words.took(until - run.started_at),
        sessions=written(run.deleted_sessions),
        events=written(run.deleted_events),
        state=words.STATES[state],
        tone=words.TONES[state],
        error=run.error or "",
    )
