"""Ending many sessions as one: the preview, the confirmation, the progress."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from sqlalchemy import Connection

from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.jobs import freeze_rest
from sessions_dashboard.live.access import Access, accessible_to, current_actor, current_tab
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import NotFound, PasswordNeeded, bulk
from sessions_dashboard.sessions.bulk import (
    MAX_REASON_LENGTH,
    BulkState,
    Operation,
    Preview,
    PreviewOutdated,
)
from sessions_dashboard.sessions.filters import (
    Between,
    Role,
    SessionFilter,
    View,
    parameters_of,
    read_moment,
    read_view,
)
from sessions_dashboard.sessions.listing import sessions_by_id
from sessions_dashboard.states.admin_sessions import AdminSessionsState
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.session_panel import SessionPanelState
from sessions_dashboard.states.session_rows import SessionRow, session_row
from sessions_dashboard.words import bulk as words

SHOWN = 5
# Beyond so many the number has to be typed.
MANY = 100
# More than are over within the hour that they are shown for, most of the time.
MOST_DISMISSED = 50


@dataclass(frozen=True)
class OperationRow:
    id: str = ""
    state: str = ""
    is_running: bool = False
    progress: str = ""
    outcome: str = ""
    began_by: str = ""
    finished: str = ""
    done: int = 0
    total: int = 0


@accessible_to(Access.ADMIN, passive=("refresh",))
class BulkEndState(PageState):
    collecting: bool = False
    collected_words: str = ""
    previewing: bool = False
    asking_not_before: bool = False
    not_before_problem: str = ""
    includes_own: bool = False
    include_own: bool = False
    form_problem: str = ""
    operations: list[OperationRow] = []
    # Before when those of the preview signed in, where that was asked for.
    signed_in_before: str = ""
    total: int = 0
    # The first few that are frozen, one more than is shown: the own session may be left out.
    _found: list[SessionRow] = []
    _own_id: str = ""
    _seen: Preview | None = None
    _operation: str = ""
    # What the preview is of: the sessions that were ticked, or the parameters of a filter.
    _ticked: list[str] = []
    _parameters: dict[str, str] = {}
    # The one that the notice says is being carried out.
    _started: str = ""
    # Those over that the reader has seen.
    _dismissed: list[str] = []
    _reason: str = ""

    @rx.var
    def leaves_out_own(self) -> bool:
        return self.includes_own and not self.include_own

    @rx.var
    def own_alone(self) -> bool:
        return self.includes_own and self.total == 1

    @rx.var
    def to_end(self) -> int:
        return self.total - self.leaves_out_own

    @rx.var
    def question(self) -> str:
        if self._seen is None:
            return ""
        return words.question(*self._seen.to_end(include_own=self.include_own))

    @rx.var
    def first(self) -> list[SessionRow]:
        left_out = self._own_id if self.leaves_out_own else ""
        return [row for row in self._found if row.id != left_out][:SHOWN]

    @rx.var
    def type_number(self) -> str:
        return words.type_number(self.to_end) if self.to_end > MANY else ""

    @rx.event
    async def load(self) -> None:
        current_tab().refresh = [
            AdminSessionsState.refresh,
            SessionPanelState.refresh,
            BulkEndState.refresh,
        ]
        await self._forget_preview()
        await self._show_operations()

    @rx.event
    async def refresh(self) -> None:
        """Show how far the operations have come; enqueued by the server."""
        await self._show_operations()

    @rx.event
    async def preview_ticked(self) -> None:
        ticked = list((await self.get_state(AdminSessionsState)).ticked)
        if ticked:
            await self._freeze_ticked(ticked)

    @rx.event
    async def preview_matching(self) -> AsyncIterator[None]:
        """Freeze all that match what the address says."""
        parameters = self.router.url.query_parameters
        view = read_view({str(name): str(value) for name, value in parameters.items()}).view
        async for _ in self._freeze(parameters_of(view)):
            yield

    @rx.event
    def ask_not_before(self) -> None:
        self.asking_not_before, self.not_before_problem = True, ""

    @rx.event
    async def preview_not_before(self, form: dict[str, Any]) -> AsyncIterator[None]:
        """Freeze the sessions of everybody, or of a role, that began before a moment."""
        values = form if isinstance(form, dict) else {}
        moment, role = values.get("moment"), values.get("role")
        try:
            until = read_moment(moment if isinstance(moment, str) else "")
            wanted = Role(role) if role else None
        except ValueError:
            self.not_before_problem = words.INVALID_MOMENT
            return
        self.asking_not_before = False
        view = View(SessionFilter(role=wanted, started=Between(until=until)))
        async for _ in self._freeze(parameters_of(view)):
            yield

    @rx.event
    def choose_own(self, on: bool) -> None:
        self.include_own = on is True
        # Another number is asked for from now on, so that nothing is confirmed yet.
        self.form_problem = self._reason = ""

    @rx.event
    async def confirm(self, form: dict[str, Any]) -> AsyncIterator[None]:
        """Carry the preview out, once a reason and (for many) the number were entered."""
        values = form if isinstance(form, dict) else {}
        reason, number = values.get("reason"), values.get("number", "")
        self._reason = clean_text(reason if isinstance(reason, str) else "", MAX_REASON_LENGTH)
        if not self._reason:
            self.form_problem = words.REASON_MISSING
        elif self.to_end > MANY and _digits(number) != str(self.to_end):
            self.form_problem = words.wrong_number(self.to_end)
        else:
            self.form_problem = ""
            async for _ in self._confirm():
                yield

    @rx.event
    async def password_entered(self) -> AsyncIterator[Any]:
        """Go on with what the password was asked for."""
        if not self.previewing:
            yield AdminSessionsState.revoke
        elif self._reason and not self.form_problem:
            async for _ in self._confirm():
                yield

    @rx.event
    def close_password(self) -> Any:
        self.confirming = False
        return None if self.previewing else AdminSessionsState.close_dialog

    @rx.event
    async def close(self) -> None:
        await self._forget_preview()

    @rx.event
    async def stop(self, operation_id: str) -> None:
        actor, now = current_actor(), utc_now()
        if not isinstance(operation_id, str):
            return
        try:
            await current().change(
                lambda db: bulk.stop(db, actor, operation_id, now), lambda _: [actor.user_id]
            )
        except NotFound:
            self.problem = words.GONE
        else:
            self.notice = words.STOPPED
        await self._show_operations()

    @rx.event
    async def dismiss(self, operation_id: str) -> None:
        """Show one that is over no more in this tab."""
        over = [row.id for row in self.operations if not row.is_running]
        if operation_id in over:
            self._dismissed = [*self._dismissed, operation_id][-MOST_DISMISSED:]
            await self._show_operations()

    async def _confirm(self) -> AsyncIterator[None]:
        actor, policy, now = current_actor(), current().policy, utc_now()
        operation, reason, include_own = self._operation, self._reason, self.include_own
        seen = self._seen
        if seen is None:
            return
        self.notice = self.problem = ""
        try:
            await current().database.write(
                lambda db: bulk.confirm(
                    db, actor, operation, reason, seen, policy, now, include_own=include_own
                )
            )
        except PasswordNeeded:
            self.confirming = True
            return
        except PreviewOutdated:
            async for _ in self._freeze_again():
                yield
            return
        except NotFound:
            self.problem = words.GONE
        else:
            current().bulk_wanted.set()
            self.notice, self._started = words.STARTED, operation
            (await self.get_state(AdminSessionsState)).ticked = []
        self._close()
        await self._show_operations()

    async def _freeze_again(self) -> AsyncIterator[None]:
        if self._ticked:
            self._close()
            await self._freeze_ticked(self._ticked)
        else:
            async for _ in self._freeze(self._parameters):
                yield
        self.form_problem = words.OUTDATED

    async def _freeze_ticked(self, ticked: list[str]) -> None:
        actor, now = current_actor(), utc_now()
        self._ticked, self._parameters = ticked, {}
        self._operation = await current().database.write(
            lambda db: bulk.freeze_chosen(db, actor, ticked, now)
        )
        await self._show_preview()

    async def _freeze(self, parameters: Mapping[str, str]) -> AsyncIterator[None]:
        actor, now = current_actor(), utc_now()
        self._close()
        self._ticked, self._parameters = [], dict(parameters)
        self.collecting = True
        yield
        self._operation = operation = await current().database.write(
            lambda db: bulk.freeze_matching(db, actor, parameters, now)
        )
        async for number in freeze_rest(current(), actor, operation):
            self.collected_words = words.collected(number)
            yield
        self.collecting = False
        await self._show_preview()
        yield

    async def _show_preview(self) -> None:
        actor, operation, policy = current_actor(), self._operation, current().policy

        def read(db: Connection) -> tuple[Preview, list[SessionRow]]:
            seen = bulk.preview_of(db, actor, operation, SHOWN + 1)
            found = sessions_by_id(db, seen.first_ids, policy)
            rows = [found[one] for one in seen.first_ids if one in found]
            return seen, [session_row(row, utc_now()) for row in rows]

        seen, self._found = await current().database.scan(read)
        self._seen, self._own_id = seen, actor.public_id
        until = read_view(self._parameters).view.filter.started.until
        self.signed_in_before = until.isoformat() if until else ""
        self.total, self.includes_own = seen.total, seen.includes_own
        self.include_own, self.form_problem, self._reason = False, "", ""
        self.previewing = True

    async def _forget_preview(self) -> None:
        actor, operation = current_actor(), self._operation
        self._close()
        if operation:
            await current().database.write(lambda db: bulk.discard(db, actor, operation))

    async def _show_operations(self) -> None:
        found = await current().database.scan(lambda db: bulk.recent(db, utc_now()))
        self.operations = [
            _operation_row(one) for one in found if one.public_id not in self._dismissed
        ]
        running = {one.public_id for one in found if one.state is BulkState.RUNNING}
        if self.notice == words.STARTED and self._started not in running:
            # What became of it stands at the operation, which says so to readers as well.
            self.notice = ""

    def _close(self) -> None:
        self.collecting = self.previewing = self.asking_not_before = self.confirming = False
        self.collected_words = self.form_problem = self._operation = ""
        self._found, self._seen = [], None


def _digits(text: object) -> str:
    return "".join(letter for letter in text if letter.isdigit()) if isinstance(text, str) else ""


def _operation_row(operation: Operation) -> OperationRow:
    return OperationRow(
        id=operation.public_id,
        state=words.STATES[operation.state],
        is_running=operation.state is BulkState.RUNNING,
        progress=words.progress(operation.done, operation.total),
        outcome=words.outcome(
            operation.ended, operation.already_over, operation.failed, operation.left
        ),
        began_by=words.began_by(operation.created_by, operation.reason),
        finished=operation.finished_at.isoformat() if operation.finished_at else "",
        done=operation.done,
        total=operation.total,
    )
