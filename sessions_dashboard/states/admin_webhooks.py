"""The administrators' page about webhooks: the endpoints, and what was sent to them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import reflex as rx
from sqlalchemy import Connection

from sessions_dashboard.live.access import Access, accessible_to, current_actor, current_tab
from sessions_dashboard.live.tabs import Topic
from sessions_dashboard.runtime import current, utc_now
from sessions_dashboard.sessions import NotFound, PasswordNeeded, webhooks
from sessions_dashboard.sessions.history import EventKind
from sessions_dashboard.sessions.webhook_signing import new_salt, secret_text
from sessions_dashboard.sessions.webhook_urls import InvalidUrl, checked_url
from sessions_dashboard.sessions.webhooks import Delivery, Endpoint, NotNow, TooManyEndpoints
from sessions_dashboard.states.page import PageState
from sessions_dashboard.states.paging import Paged
from sessions_dashboard.words import admin_webhooks as words

LOG_SIZE = 20
KIND_FIELD = "kind_"
EVERYTHING_FIELD = "everything"


@dataclass(frozen=True)
class EndpointRow:
    id: str = ""
    url: str = ""
    host: str = ""
    told_of: str = ""
    kinds: tuple[str, ...] = ()
    everything: bool = True
    is_disabled: bool = False
    # Times are ISO 8601 in UTC; empty for never.
    added: str = ""
    rotated: str = ""


@dataclass(frozen=True)
class DeliveryRow:
    id: str = ""
    created: str = ""
    what: str = ""
    # As the request says it, for whoever looks for it in their program.
    type: str = ""
    host: str = ""
    state: str = ""
    tone: str = ""
    # What the endpoint answered, or why it could not.
    outcome: str = ""
    next_try: str = ""
    took: str = ""
    can_be_sent: bool = False


@dataclass(frozen=True)
class Wanted:
    """What was asked for, until it is done or the dialog is closed."""

    deed: str = ""
    url: str = ""
    kinds: tuple[EventKind, ...] | None = None
    delivery: str = ""


@accessible_to(Access.ADMIN, passive=("refresh",))
class AdminWebhooksState(Paged, PageState):
    endpoints: list[EndpointRow] = []
    deliveries: list[DeliveryRow] = []
    loaded: bool = False
    # The endpoint that a dialog or a deed is about.
    target: EndpointRow = EndpointRow()
    # What a dialog asks about: one of the deeds.
    asking: str = ""
    # The form: closed, or "add" or "kinds".
    form: str = ""
    form_problem: str = ""
    url_problem: str = ""
    # How often the address was refused; the reader is led to it each time.
    refused: int = 0
    # Shown once, to whoever made it.
    secret: str = ""
    _wanted: Wanted = Wanted()

    @rx.var
    def question(self) -> str:
        return words.question(self.asking)

    @rx.var
    def consequence(self) -> str:
        return words.consequence(self.asking, self.target.host)

    @rx.var
    def verb(self) -> str:
        return words.button(self.asking)

    @rx.event
    async def load(self) -> None:
        tab = current_tab()
        tab.topic, tab.refresh = Topic.ALL_SESSIONS, AdminWebhooksState.refresh
        self._show_actor()
        self._close()
        self._to_first_page()
        await self._reload()

    @rx.event
    async def refresh(self) -> None:
        """Show what changed elsewhere; enqueued by the server."""
        self._show_expiry()
        await self._reload()

    @rx.event
    def ask_add(self) -> None:
        self._close()
        self.form = "add"

    @rx.event
    def ask_kinds(self, endpoint_id: str) -> None:
        if self._aim_at(endpoint_id):
            self.form = "kinds"

    @rx.event
    def ask(self, deed: str, endpoint_id: str) -> None:
        if isinstance(deed, str) and deed in words.DEEDS and self._aim_at(endpoint_id):
            self.asking = deed
            self._wanted = Wanted(deed)

    @rx.event
    def close_dialog(self) -> None:
        self._close()

    @rx.event
    async def save(self, form: dict[str, Any]) -> None:
        if not (isinstance(form, dict) and self.form):
            return
        kinds = tuple(kind for kind in EventKind if form.get(KIND_FIELD + kind.value))
        everything = bool(form.get(EVERYTHING_FIELD))
        if not everything and not kinds:
            self.form_problem = words.NO_KINDS
            return
        url = form.get("url", "")
        self._wanted = Wanted(
            self.form, url if isinstance(url, str) else "", None if everything else kinds
        )
        await self._carry_out()

    @rx.event
    async def send_test(self, endpoint_id: str) -> None:
        if self._aim_at(endpoint_id):
            self._wanted = Wanted("test")
            await self._carry_out()

    @rx.event
    async def send_again(self, delivery_id: str) -> None:
        self._close()
        if isinstance(delivery_id, str):
            self._wanted = Wanted("again", delivery=delivery_id)
            await self._carry_out()

    @rx.event
    async def confirm(self) -> None:
        """Do what a dialog asked about, or go on after the password was entered again."""
        await self._carry_out()

    async def _carry_out(self) -> None:
        wanted, target = self._wanted, self.target
        if not wanted.deed:
            return
        self.notice = self.problem = self.form_problem = self.url_problem = ""
        secret = ""
        try:
            secret = await self._do(wanted, target.id)
        except PasswordNeeded:
            self.confirming = True
            return
        except InvalidUrl as error:
            self.confirming = False
            self.url_problem = words.URL_PROBLEMS[error.problem]
            self.refused += 1
            return
        except TooManyEndpoints:
            self.problem = words.TOO_MANY
        except NotNow:
            self.problem = words.NOT_NOW
        except NotFound:
            self.problem = words.GONE
        else:
            self.notice = words.done(wanted.deed, target.host) if not secret else ""
        self._close()
        self.secret = secret
        await self._reload()

    async def _do(self, wanted: Wanted, endpoint_id: str) -> str:
        """Carry it out; the secret that is to be shown, where one was made."""
        runtime, actor, now = current(), current_actor(), utc_now()
        policy, salt = runtime.policy, new_salt()
        if wanted.deed == "add":
            allow_private = runtime.settings.webhooks_private_addresses
            wanted = replace(wanted, url=checked_url(wanted.url, allow_private=allow_private))

        def work(db: Connection) -> None:
            match wanted.deed:
                case "add":
                    webhooks.add_endpoint(db, actor, wanted.url, wanted.kinds, salt, policy, now)
                case "kinds":
                    webhooks.choose_kinds(db, actor, endpoint_id, wanted.kinds, policy, now)
                case "rotate":
                    webhooks.rotate_secret(db, actor, endpoint_id, salt, policy, now)
                case "enable" | "disable":
                    enabled = wanted.deed == "enable"
                    webhooks.set_enabled(db, actor, endpoint_id, policy, now, enabled=enabled)
                case "delete":
                    webhooks.delete_endpoint(db, actor, endpoint_id, policy, now)
                case "test":
                    webhooks.send_test(db, actor, endpoint_id, policy, now)
                case "again":
                    webhooks.send_again(db, actor, wanted.delivery, policy, now)

        await runtime.change(work, lambda _: [actor.user_id])
        if wanted.deed in ("add", "rotate"):
            return secret_text(runtime.settings.secret_keys, salt)
        return ""

    def _aim_at(self, endpoint_id: str) -> bool:
        self._close()
        found = (row for row in self.endpoints if row.id == endpoint_id)
        self.target = next(found, EndpointRow())
        return bool(self.target.id)

    def _close(self) -> None:
        self.confirming = False
        self.asking = self.form = self.form_problem = self.url_problem = self.secret = ""
        self.target, self._wanted = EndpointRow(), Wanted()

    async def _reload(self) -> None:
        before, now = self._page_begins_behind(), utc_now()

        def read(db: Connection) -> tuple[list[Endpoint], list[Delivery]]:
            return webhooks.all_endpoints(db), webhooks.page_of_deliveries(db, before, LOG_SIZE)

        endpoints, found = await current().database.scan(read)
        shown = found[:LOG_SIZE]
        self.endpoints = [_endpoint_row(endpoint) for endpoint in endpoints]
        self.deliveries = [_delivery_row(delivery, now) for delivery in shown]
        self._page_ends_with(shown[-1].id if len(found) > LOG_SIZE else None)
        self.loaded = True


def _endpoint_row(endpoint: Endpoint) -> EndpointRow:
    return EndpointRow(
        id=endpoint.public_id,
        url=endpoint.url,
        host=urlsplit(endpoint.url).netloc,
        told_of=words.kinds(endpoint.kinds),
        kinds=tuple(endpoint.kinds or ()),
        everything=endpoint.kinds is None,
        is_disabled=endpoint.disabled_at is not None,
        added=endpoint.created_at.isoformat(),
        rotated=endpoint.rotated_at.isoformat() if endpoint.rotated_at else "",
    )


def _delivery_row(delivery: Delivery, now: datetime) -> DeliveryRow:
    is_sending = delivery.is_sending and delivery.due_at > now
    state, tone = _state(delivery, is_sending)
    waits = delivery.finished_at is None and not is_sending and delivery.failure is not None
    return DeliveryRow(
        id=delivery.public_id,
        created=delivery.created_at.isoformat(),
        what=words.kind(delivery.kind),
        type=delivery.kind,
        host=urlsplit(delivery.url).netloc,
        state=state,
        tone=tone,
        outcome=_outcome(delivery),
        next_try=delivery.due_at.isoformat() if waits else "",
        took=words.took(delivery.took_ms),
        can_be_sent=not is_sending and not delivery.endpoint_disabled,
    )


def _state(delivery: Delivery, is_sending: bool) -> tuple[str, str]:
    if delivery.finished_at is not None:
        return (words.FAILED, "bad") if delivery.failure else (words.DELIVERED, "neutral")
    if is_sending:
        return words.SENDING, "accent"
    return (words.RETRYING, "bad") if delivery.failure else (words.WAITING, "accent")


def _outcome(delivery: Delivery) -> str:
    said = [words.FAILURES[delivery.failure]] if delivery.failure else []
    if delivery.status is not None:
        said.append(str(delivery.status))
    if delivery.answer:
        said.append(delivery.answer)
    return " · ".join(said)
