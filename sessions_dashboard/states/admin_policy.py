"""The administrators' page about the policy: try values, see what they would do, save them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import reflex as rx
from sqlalchemy import Connection

from sessions_dashboard import navigation
from sessions_dashboard.jobs import put_in_force
from sessions_dashboard.live.access import Access, accessible_to, current_actor, current_tab
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import ActiveSession, PasswordNeeded, Policy
from sessions_dashboard.sessions.page_keys import PageKey
from sessions_dashboard.sessions.policy_change import (
    PolicyMoved,
    Version,
    change_policy,
    newest_version,
    page_of_versions,
)
from sessions_dashboard.sessions.policy_versions import InvalidPolicy, current_policy
from sessions_dashboard.sessions.policy_work import progress
from sessions_dashboard.sessions.simulation import (
    Affected,
    AffectedPage,
    Simulation,
    page_of_affected,
    simulate,
)
from sessions_dashboard.states.admin_sessions import PAGE_SIZE
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.policy_form import fields_of, policy_in
from sessions_dashboard.words import admin_policy as words

VERSIONS_SIZE = 10
LOOK_AGAIN = timedelta(seconds=2)


@dataclass(frozen=True)
class ChangeRow:
    label: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class VersionRow:
    id: int = 0
    title: str = ""
    at: str = ""
    changed_by: str = ""
    summary: str = ""
    in_force: bool = False


@dataclass(frozen=True)
class AffectedRow:
    email: str = ""
    address: str = ""
    is_admin: bool = False
    device: str = ""
    kind: str = ""
    started: str = ""
    last_active: str = ""


@accessible_to(Access.ADMIN, passive=("refresh",))
class AdminPolicyState(PageState):
    # What the form's fields start with; a new number of the form makes them start anew.
    values: dict[str, str] = {}
    units: dict[str, str] = {}
    form_number: int = 0
    problems: dict[str, str] = {}
    # How often values were tried that can't be used: every time leads to the first of them.
    refused: int = 0
    # What the tried values would change and do; empty before any were tried.
    changes: list[ChangeRow] = []
    outcome: str = ""
    can_save: bool = False
    saving: bool = False
    save_consequence: str = ""
    ends_any: bool = False
    affected: list[AffectedRow] = []
    more_affected: bool = False
    earlier_affected: bool = False
    # How far those are ended that the policy in force ends; both 0 while they are counted.
    applying: bool = False
    applying_words: str = ""
    applied: int = 0
    to_apply: int = 0
    versions: list[VersionRow] = []
    has_older: bool = False
    has_newer: bool = False
    comparing: VersionRow = VersionRow()
    comparison: list[ChangeRow] = []
    _based_on: int = 0
    _wanted: Policy | None = None
    _affected_key: PageKey | None = None
    _affected_pages: list[PageKey | None] = []
    _pages: list[int] = []
    _policies: dict[int, Policy] = {}

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.ALL_SESSIONS, AdminPolicyState.refresh
        self._show_actor()
        self._pages = []
        await self._start_over()

    @rx.event
    async def refresh(self) -> None:
        """Show how far what the policy ends is ended; enqueued by the server."""
        self._show_expiry()
        await self._show_progress()

    @rx.event
    async def try_values(self, form: dict[str, Any]) -> None:
        """Say what the form's values would do."""
        if not isinstance(form, dict):
            return
        self._forget_trial()
        self.notice = self.problem = ""
        try:
            wanted = policy_in(form)
        except InvalidPolicy as error:
            self.problems = {
                name: words.problem(name, text) for name, text in error.problems.items()
            }
            self.problem = words.INVALID
            self.refused += 1
            return
        await self._try(wanted)

    @rx.event
    async def start_over(self) -> None:
        self.notice = self.problem = ""
        await self._start_over()

    @rx.event
    async def show_affected(self) -> None:
        """The first sessions that would end, and at every further call the next ones."""
        if self.more_affected or not self.affected:
            await self._show_affected([*self._affected_pages, self._affected_key])

    @rx.event
    async def previous_affected(self) -> None:
        if self.earlier_affected:
            await self._show_affected(self._affected_pages[:-1])

    async def _show_affected(self, pages: list[PageKey | None]) -> None:
        """The last of these pages, each said by the key after which it begins."""
        wanted = self._wanted
        if wanted is None:
            return
        page: AffectedPage = await current().database.scan(
            lambda db: page_of_affected(
                db, current().policy, wanted, utc_now(), pages[-1], PAGE_SIZE
            )
        )
        self._affected_pages, self.earlier_affected = pages, len(pages) > 1
        self.affected = [_affected_row(one) for one in page.rows]
        self._affected_key = page.next_key
        self.more_affected = page.next_key is not None

    @rx.event
    def ask_save(self) -> None:
        self.saving = self.can_save

    @rx.event
    def close_dialog(self) -> None:
        self.saving = self.confirming = False

    @rx.event
    async def save(self) -> None:
        """Put in force exactly what was tried."""
        actor, wanted, based_on = current_actor(), self._wanted, self._based_on
        if wanted is None or not self.saving:
            return
        present, now = current().policy, utc_now()
        self.notice = self.problem = ""
        try:
            await put_in_force(
                current(), lambda db: change_policy(db, actor, wanted, based_on, present, now)
            )
        except PasswordNeeded:
            self.confirming = True
            return
        except PolicyMoved:
            self.problem = words.MOVED
        else:
            self.notice = words.SAVED
        self.saving = self.confirming = False
        self._pages = []
        await self._start_over()

    @rx.event
    async def compare(self, number: int) -> None:
        """Show how a version differs from the policy in force; the same again closes it."""
        self.comparison = []
        found = [row for row in self.versions if row.id == number and row != self.comparing]
        self.comparing = found[0] if found else VersionRow()
        if found:
            self.comparison = _changes(current().policy, self._policies[found[0].id])

    @rx.event
    async def use_version(self) -> None:
        """Put a version's values into the form, and say what they would do."""
        policy = self._policies.get(self.comparing.id)
        if policy is None:
            return
        self._forget_trial()
        self.notice = self.problem = ""
        self._fill(policy)
        await self._try(policy)

    @rx.event
    async def older(self) -> None:
        if self.has_older:
            self._pages = [*self._pages, self.versions[-1].id]
            await self._show_versions()

    @rx.event
    async def newer(self) -> None:
        self._pages = self._pages[:-1]
        await self._show_versions()

    async def _try(self, wanted: Policy) -> None:
        actor = current_actor()
        found = await current().database.scan(lambda db: _simulated(db, wanted, actor))
        self._wanted = wanted
        self.changes = _changes(current().policy, wanted)
        self.can_save = bool(self.changes)
        self.outcome = words.outcome(found) if self.changes else words.UNCHANGED
        self.save_consequence = words.save_consequence(found)
        self.ends_any = found.sessions > 0

    async def _start_over(self) -> None:
        """The values in force, nothing tried, the versions as they are now."""
        # The version first: what was saved in between is newer than that, and is not saved over.
        self._based_on, stored = await current().database.read(
            lambda db: (newest_version(db), current_policy(db))
        )
        if stored is not None:
            current().policy = stored
        self._forget_trial()
        self._fill(current().policy)
        await self._show_versions()
        await self._show_progress()

    async def _show_progress(self) -> None:
        found, was_applying = await current().database.read(progress), self.applying
        self.applying = found is not None and not found.is_over
        if found is None or not (self.applying or was_applying):
            return
        self.applied, self.to_apply = found.ended, found.to_end or 0
        self.applying_words = words.applying(found)
        # A server that is gone tells nobody that another goes on.
        tab = current_tab()
        tab.look_again_at = utc_now() + LOOK_AGAIN if self.applying else None

    def _fill(self, policy: Policy) -> None:
        self.values, self.units = fields_of(policy)
        self.form_number += 1

    def _forget_trial(self) -> None:
        self.problems, self.changes, self.affected = {}, [], []
        self.outcome = self.save_consequence = ""
        self.can_save = self.saving = self.confirming = False
        self.ends_any = self.more_affected = self.earlier_affected = False
        self._affected_pages = []
        self._wanted = self._affected_key = None

    async def _show_versions(self) -> None:
        before = self._pages[-1] if self._pages else None
        found = await current().database.read(
            lambda db: page_of_versions(db, before, VERSIONS_SIZE)
        )
        self._policies = {version.id: version.policy for version in found}
        earlier = [*(version.policy for version in found[1:]), None]
        rows = [
            _version_row(version, old, self._based_on)
            for version, old in zip(found, earlier, strict=True)
        ]
        self.versions = rows[:VERSIONS_SIZE]
        self.has_older = len(rows) > VERSIONS_SIZE
        self.has_newer = bool(self._pages)
        self.comparing, self.comparison = VersionRow(), []


def _simulated(db: Connection, wanted: Policy, actor: ActiveSession) -> Simulation:
    return simulate(db, current().policy, wanted, utc_now(), actor.id)


def _changes(old: Policy, new: Policy) -> list[ChangeRow]:
    return [ChangeRow(*difference) for difference in words.differences(old, new)]


def _version_row(version: Version, old: Policy | None, in_force: int) -> VersionRow:
    return VersionRow(
        id=version.id,
        title=words.version_title(version.id),
        at=version.created_at.isoformat(),
        changed_by=version.changed_by or words.FROM_SHELL,
        summary=words.change_summary(old, version.policy),
        in_force=version.id == in_force,
    )


def _affected_row(one: Affected) -> AffectedRow:
    return AffectedRow(
        email=one.email,
        address=navigation.account_address(one.user_public_id),
        is_admin=one.is_admin,
        device=one.device,
        kind=one.device_type,
        started=one.created_at.isoformat(),
        last_active=one.last_seen_at.isoformat(),
    )
