"""The composition root: builds the app from its parts, and holds nothing else."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx
from alembic.util import CommandError
from reflex.config import get_config
from reflex.utils.prerequisites import get_web_dir
from reflex_base import constants
from reflex_base.event.context import EventContext
from starlette.applications import Starlette
from starlette.types import ASGIApp

from sessions_dashboard import garbage_collector, navigation
from sessions_dashboard import runtime as runtime_module
from sessions_dashboard.api.routes import ApiRoutes
from sessions_dashboard.database import DATABASE_ERRORS, in_one_line
from sessions_dashboard.http.content_security import ContentSecurity
from sessions_dashboard.http.handshake import EventHandshake
from sessions_dashboard.http.onward import trusted_sites
from sessions_dashboard.http.pages import PageGate, SecurityHeaders
from sessions_dashboard.http.request_id import RequestId
from sessions_dashboard.http.routes import all_routes
from sessions_dashboard.http.verify import VerifyFirst
from sessions_dashboard.jobs import BulkRunner, PolicyRunner, Schedule
from sessions_dashboard.live.browser_errors import log_browser_error
from sessions_dashboard.live.courier import Courier
from sessions_dashboard.live.gate import EventGate
from sessions_dashboard.live.namespace import IdentifiedNamespace
from sessions_dashboard.logs import configure_logs
from sessions_dashboard.mails.postman import Postman
from sessions_dashboard.pages.account import account_page
from sessions_dashboard.pages.activity import activity_page
from sessions_dashboard.pages.admin_cleanup import admin_cleanup_page
from sessions_dashboard.pages.admin_events import admin_events_page
from sessions_dashboard.pages.admin_overview import admin_overview_page
from sessions_dashboard.pages.admin_policy import admin_policy_page
from sessions_dashboard.pages.admin_sessions import admin_sessions_page
from sessions_dashboard.pages.admin_user import admin_user_page
from sessions_dashboard.pages.admin_users import admin_users_page
from sessions_dashboard.pages.admin_webhooks import admin_webhooks_page
from sessions_dashboard.pages.choose import choose_page
from sessions_dashboard.pages.confirm import confirm_page
from sessions_dashboard.pages.devices import devices_page
from sessions_dashboard.pages.invitation import invitation_page
from sessions_dashboard.pages.recovery import forgot_page, not_me_page, reset_page
from sessions_dashboard.pages.signin import home_page, setup_page, signin_page, signup_page
from sessions_dashboard.runtime import Runtime
from sessions_dashboard.sessions import NotAdmin, NotSignedIn
from sessions_dashboard.settings import load_settings
from sessions_dashboard.states.account import AccountState
from sessions_dashboard.states.activity import ActivityState
from sessions_dashboard.states.admin_cleanup import AdminCleanupState
from sessions_dashboard.states.admin_events import AdminEventsState
from sessions_dashboard.states.admin_overview import AdminOverviewState
from sessions_dashboard.states.admin_policy import AdminPolicyState
from sessions_dashboard.states.admin_sessions import AdminSessionsState
from sessions_dashboard.states.admin_user import AdminUserState
from sessions_dashboard.states.admin_users import AdminUsersState
from sessions_dashboard.states.admin_webhooks import AdminWebhooksState
from sessions_dashboard.states.api_keys import ApiKeysState
from sessions_dashboard.states.bulk import BulkEndState
from sessions_dashboard.states.choose import ChooseState
from sessions_dashboard.states.confirm import ConfirmState
from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.states.page import failure_update, leave_update, show_failure
from sessions_dashboard.states.recovery import ForgotState
from sessions_dashboard.states.saved_views import SavedViewsState
from sessions_dashboard.states.session_panel import SessionPanelState
from sessions_dashboard.states.signin import HomeState, SetupState, SignInState, SignUpState
from sessions_dashboard.webhooks.sender import WebhookSender
from sessions_dashboard.words import (
    admin_cleanup,
    admin_events,
    admin_overview,
    admin_policy,
    admin_users,
    admin_webhooks,
    choose,
    common,
    invitation,
    recovery,
    signin,
)

logger = logging.getLogger("sessions_dashboard")


def own_ports() -> tuple[int, ...]:
    """The ports that `reflex run` chose: in development pages and server have one each."""
    config = get_config()
    return tuple(port for port in (config.frontend_port, config.backend_port) if port)


settings = load_settings()
configure_logs(as_json=settings.log_format == "json")
runtime = Runtime(settings, settings.allowed_origins(*own_ports()))
runtime_module.install(runtime)


def report_failure(exception: Exception) -> None:
    """Log a handler's error, and tell the person whose event it was that nothing was changed.

    No event tells the page: without a database it would fail in turn, and so on without end.
    """
    event = EventContext.get()
    was_refresh = courier.was_refresh(event.txid)
    if isinstance(exception, NotSignedIn | NotAdmin):
        # The session or the role ended between the gate and the write: the page is on its way out.
        return
    logger.error("an event failed", exc_info=exception)
    courier.note_failure(exception)
    if not was_refresh:
        courier.tell_of_failure(event.token, show_failure, failure_update())


def guarded(asgi: ASGIApp) -> ASGIApp:
    built = get_web_dir() / constants.Dirs.STATIC if settings.production else None
    content = ContentSecurity(built, runtime.origins, trusted_sites(settings))
    pages = PageGate(EventHandshake(asgi, runtime), runtime)
    answers = SecurityHeaders(pages, runtime, content)
    verify_first = VerifyFirst(answers, runtime, answers.of_data)
    return RequestId(verify_first, behind_proxy=settings.trusted_proxy_hops > 0)


def with_own_routes(asgi: ASGIApp) -> ASGIApp:
    """Our addresses before Reflex's own. To a `Starlette` of ours it would add its CORS headers,
    which are around all of it already."""
    answering = Starlette(routes=[*all_routes(runtime), *ApiRoutes(runtime).routes()])
    answering.mount("", asgi)
    return answering


class GuardedApp(rx.App):
    """Puts the guards around all that Reflex answers, its own errors and middleware included."""

    def __call__(self) -> ASGIApp:
        return guarded(super().__call__())


app = GuardedApp(
    html_lang="en",
    stylesheets=["/styles.css"],
    head_components=[
        rx.el.link(rel="icon", sizes="32x32", href="/favicon.ico"),
        rx.el.link(rel="icon", type="image/svg+xml", href="/logo.svg"),
        rx.el.link(rel="apple-touch-icon", href="/touch-icon.png"),
        rx.el.meta(name="color-scheme", content="light dark"),
    ],
    toaster=None,
    app_wraps={},
    reset_style=False,
    frontend_exception_handler=log_browser_error,
    backend_exception_handler=report_failure,
    api_transformer=with_own_routes,
)

assert app.event_namespace is not None
assert app.sio is not None
app._event_namespace = IdentifiedNamespace(app.event_namespace.namespace, app, runtime)
app.sio.register_namespace(app._event_namespace)

courier = Courier(app, runtime, leave_update)
app.add_middleware(EventGate(runtime, leave_update, courier.dismiss))


@asynccontextmanager
async def serve() -> AsyncIterator[None]:
    try:
        runtime.open()
    except (*DATABASE_ERRORS, CommandError) as error:
        # Its traceback ends with these words, which stand below it once more.
        raise SystemExit(f"error: the database can't be used: {in_one_line(error)}") from None
    if not await runtime.has_account():
        logger.warning(
            "there is no account yet: open %s/setup (setup code, if asked: %s)",
            settings.public_url,
            runtime.setup_code,
        )
    schedule = Schedule(runtime)
    schedule.start()
    background = [one(runtime) for one in (Postman, WebhookSender, BulkRunner, PolicyRunner)]
    for work in background:
        work.start()
    garbage_collector.search_seldom()
    try:
        yield
    finally:
        for work in reversed(background):
            await work.stop()
        schedule.stop()
        await runtime.close()


app.register_lifespan_task(serve)
app.register_lifespan_task(courier.run)

app.add_page(home_page, route="/", title=common.PRODUCT, on_load=HomeState.load)
app.add_page(signin_page, route=navigation.SIGN_IN, title=signin.TITLE, on_load=SignInState.load)
app.add_page(
    signup_page, route=navigation.SIGN_UP, title=signin.SIGN_UP_TITLE, on_load=SignUpState.load
)
app.add_page(setup_page, route=navigation.SETUP, title=signin.SETUP_TITLE, on_load=SetupState.load)
app.add_page(choose_page, route=navigation.CHOOSE, title=choose.TITLE, on_load=ChooseState.load)
app.add_page(
    confirm_page, route=navigation.CONFIRM, title=common.CONFIRM_TITLE, on_load=ConfirmState.load
)
app.add_page(
    forgot_page, route=navigation.FORGOT, title=recovery.FORGOT_TITLE, on_load=ForgotState.load
)
app.add_page(reset_page, route=navigation.RESET, title=recovery.RESET_TITLE)
app.add_page(not_me_page, route=navigation.NOT_ME, title=recovery.NOT_ME_TITLE)
app.add_page(
    devices_page, route=navigation.DEVICES, title=common.DEVICES, on_load=DevicesState.load
)
app.add_page(
    activity_page, route=navigation.ACTIVITY, title=common.ACTIVITY, on_load=ActivityState.load
)
app.add_page(
    account_page,
    route=navigation.ACCOUNT,
    title=common.ACCOUNT,
    on_load=[AccountState.load, ApiKeysState.load_keys],
)
app.add_page(
    admin_sessions_page,
    route=navigation.ADMIN_SESSIONS,
    title=common.SESSIONS,
    on_load=[
        AdminSessionsState.load,
        BulkEndState.load,
        SavedViewsState.load,
        SessionPanelState.load,
    ],
)
app.add_page(
    admin_users_page,
    route=navigation.ADMIN_USERS,
    title=admin_users.TITLE,
    on_load=AdminUsersState.load,
)
app.add_page(
    admin_user_page,
    route=navigation.ADMIN_USER,
    title=admin_users.ACCOUNT_TITLE,
    on_load=AdminUserState.load,
)
app.add_page(invitation_page, route=navigation.INVITATION, title=invitation.TITLE)
app.add_page(
    admin_policy_page,
    route=navigation.ADMIN_POLICY,
    title=admin_policy.TITLE,
    on_load=AdminPolicyState.load,
)
app.add_page(
    admin_events_page,
    route=navigation.ADMIN_EVENTS,
    title=admin_events.TITLE,
    on_load=AdminEventsState.load,
)
app.add_page(
    admin_cleanup_page,
    route=navigation.ADMIN_CLEANUP,
    title=admin_cleanup.TITLE,
    on_load=AdminCleanupState.load,
)
app.add_page(
    admin_webhooks_page,
    route=navigation.ADMIN_WEBHOOKS,
    title=admin_webhooks.TITLE,
    on_load=AdminWebhooksState.load,
)
app.add_page(
    admin_overview_page,
    route=navigation.ADMIN,
    title=admin_overview.TITLE,
    on_load=AdminOverviewState.load,
)
