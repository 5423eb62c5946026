"""What only the browser can do, as small React components beside this file."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import reflex as rx
from reflex_base.event import no_args_event_spec
from reflex_components_core.el.elements.base import BaseHTML
from reflex_components_core.el.elements.forms import BaseInput, Form

from sessions_dashboard.words import common as words

# The version that Reflex's own charts are made with.
CHARTS = "recharts@3.10.1"


def _library(file: str) -> str:
    """A file beside this one, made part of the build.

    `rx.asset` reads the source of every caller on the stack, of which there are dozens while
    modules are imported; on a thread of its own there are two, and the server starts in half the
    time.
    """
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(_asset, file).result()


def _asset(file: str) -> str:
    return rx.asset(file, shared=True).importable_path


# Imported by the other files; no component comes from it.
_library("intl_formats.js")


class Modal(BaseHTML):
    """A modal dialog, shown while `open` is true; Escape and a click outside dismiss it.

    With `answered`, not while its form is on its way: until that is another value than before.
    """

    library = _library("modal.jsx")
    tag = "Modal"

    open: rx.Var[bool]
    answered: rx.Var[str]
    on_dismiss: rx.EventHandler[no_args_event_spec]


class WhileWaiting(BaseHTML):
    """What a dialog says while it waits for the answer to its form."""

    library = _library("modal.jsx")
    tag = "WhileWaiting"


class DropDown(BaseHTML):
    """A <details> that closes at Escape, at what is marked to close it, and when left."""

    library = _library("drop_down.jsx")
    tag = "DropDown"


class KeptFocus(rx.Component):
    """A part of the page in which the focus moves on when the element that has it goes away."""

    library = _library("modal.jsx")
    tag = "KeptFocus"


class InlineEdit(Form):
    """A form in place of a text; Escape cancels it."""

    library = _library("inline_edit.jsx")
    tag = "InlineEdit"

    on_cancel: rx.EventHandler[no_args_event_spec]


class ExactTime(rx.Component):
    """A moment as a date and a time of day."""

    library = _library("exact_time.jsx")
    tag = "ExactTime"

    iso: rx.Var[str]
    seconds: rx.Var[bool]


class RelativeTime(rx.Component):
    """A moment in words ("5 minutes ago"), the exact time on hover."""

    library = _library("relative_time.jsx")
    tag = "RelativeTime"

    iso: rx.Var[str]
    just_now: rx.Var[str]
    # Shown instead for anything less than two minutes ago.
    recent: rx.Var[str]
    # Whether a heading says the day: then the time of day is enough, except today.
    day_said: rx.Var[bool]


class DayHeading(rx.Component):
    """The day of a line in a list, where it differs from the day of the line above."""

    library = _library("day_heading.jsx")
    tag = "DayHeading"

    iso: rx.Var[str]
    above: rx.Var[str]
    today: rx.Var[str]
    yesterday: rx.Var[str]


class ChartTime(rx.Component):
    """When a column of a chart begins; `unit` is "hour" or "day"."""

    library = _library("charts.jsx")
    tag = "ChartTime"

    iso: rx.Var[str]
    unit: rx.Var[str]


class ColumnChart(rx.Component):
    """Numbers over time, each a link to what it counts."""

    library = _library("charts.jsx")
    tag = "ColumnChart"
    lib_dependencies: list[str] = [CHARTS]

    bars: rx.Var[list[Any]]
    unit: rx.Var[str]
    title: rx.Var[str]
    # Where the scale ends.
    top: rx.Var[int]
    # "plain" or "bad".
    tone: rx.Var[str]


class RowChart(rx.Component):
    """Values and how frequent they are, each a link to what it counts."""

    library = _library("charts.jsx")
    tag = "RowChart"
    lib_dependencies: list[str] = [CHARTS]

    bars: rx.Var[list[Any]]
    title: rx.Var[str]


class FocusWrong(rx.Component):
    """Moves the focus to the first wrong field whenever `attempt` changes."""

    library = _library("focus_wrong.jsx")
    tag = "FocusWrong"

    attempt: rx.Var[int]


class FocusPage(rx.Component):
    """Moves the focus to the heading of a page that was reached from another."""

    library = _library("focus_page.jsx")
    tag = "FocusPage"


class IdleWarning(rx.Component):
    """Shows its children for the last two minutes before the session runs out unused."""

    library = _library("idle_warning.jsx")
    tag = "IdleWarning"

    expires: rx.Var[str]


class UntilLoaded(rx.Component):
    """Shows its first child once that is loaded and fresh. Until then the second, below the third
    once it takes long; the fourth if it fails."""

    library = _library("until_loaded.jsx")
    tag = "UntilLoaded"

    loaded: rx.Var[bool]
    fresh: rx.Var[bool]
    failure: rx.Var[str]


class WhenOffline(rx.Component):
    """Shows its first child without a network, the second without a connection to the server."""

    library = _library("when_offline.jsx")
    tag = "WhenOffline"

    # Whether the socket is lost.
    lost: rx.Var[bool]


class NativeForm(BaseHTML):
    """A form that is posted by the browser, not turned into an event."""

    library = _library("native_form.jsx")
    tag = "NativeForm"

    action: rx.Var[str]


class FetchForm(BaseHTML):
    """A form that is posted over HTTP without leaving the page."""

    library = _library("fetch_form.jsx")
    tag = "FetchForm"

    action: rx.Var[str]
    on_done: rx.EventHandler[no_args_event_spec]
    # Go where the answer says, by a full load.
    follow: rx.Var[bool]
    # What to say when the server can't be reached.
    offline: rx.Var[str]


class Passing(rx.Component):
    """Shows its children for ten seconds, and then until the reader does something."""

    library = _library("passing.jsx")
    tag = "Passing"

    text: rx.Var[str]
    on_passed: rx.EventHandler[no_args_event_spec]


class PasswordInput(BaseInput):
    """A password field with a button that shows what was typed."""

    library = _library("password_input.jsx")
    tag = "PasswordInput"

    # What the button is called.
    show: rx.Var[str]


class KeptInput(BaseInput):
    """A field that still holds what was typed when its form was refused."""

    library = _library("kept_input.jsx")
    tag = "KeptInput"

    # The name under which it is kept in this tab.
    keep: rx.Var[str]


class MomentInput(BaseHTML):
    """A field for a date and a time in the reader's own zone, which is sent in UTC."""

    library = _library("moment_input.jsx")
    tag = "MomentInput"

    name: rx.Var[str]
    # In UTC.
    default_value: rx.Var[str]
    required: rx.Var[bool]


class ForgetInput(rx.Component):
    """Forgets what a `KeptInput` kept."""

    library = _library("kept_input.jsx")
    tag = "ForgetInput"

    keep: rx.Var[str]


class KeptQuery(rx.Component):
    """Keeps the address in step with what the page shows."""

    library = _library("kept_query.jsx")
    tag = "KeptQuery"

    path: rx.Var[str]
    query: rx.Var[str]


class LinkToken(BaseHTML):
    """A hidden field with the secret of the mailed link that led to the page."""

    library = _library("link_token.jsx")
    tag = "LinkToken"

    name: rx.Var[str]


class BrowserFields(rx.Component):
    """Hidden fields with what the browser is and how its person reads, for the form around it."""

    library = _library("browser_fields.jsx")
    tag = "BrowserFields"


class BackendLink(BaseHTML):
    """A link to what the server itself answers; with `download`, a file to be saved."""

    library = _library("backend_link.jsx")
    tag = "BackendLink"

    path: rx.Var[str]
    download: rx.Var[bool]


class LeaveTo(rx.Component):
    """Loads another page in full as soon as `address` is set."""

    library = _library("leave_to.jsx")
    tag = "LeaveTo"

    address: rx.Var[str]


def modal(*children: Any, **props: Any) -> rx.Component:
    return Modal.create(*children, **props)


def while_waiting(text: str) -> rx.Component:
    return WhileWaiting.create(text, class_name="dialog-waiting")


def unfolding(*children: Any, **props: Any) -> rx.Component:
    return DropDown.create(*children, **props)


def kept_focus(*children: Any) -> rx.Component:
    return KeptFocus.create(*children)


def inline_edit(*children: Any, **props: Any) -> rx.Component:
    return InlineEdit.create(*children, **props)


def exact_time(iso: rx.Var[str] | str, *, seconds: bool = False) -> rx.Component:
    return ExactTime.create(iso=iso, seconds=seconds)


def relative_time(
    iso: rx.Var[str] | str,
    recent: str | None = None,
    *,
    day_said: bool = False,
    to_come: bool = False,
) -> rx.Component:
    extra = {"recent": recent} if recent else {}
    now = words.IN_A_MOMENT if to_come else words.JUST_NOW
    return RelativeTime.create(iso=iso, just_now=now, day_said=day_said, **extra)


def day_heading(
    iso: rx.Var[str] | str, above: rx.Var[str] | str, today: str, yesterday: str
) -> rx.Component:
    return DayHeading.create(iso=iso, above=above, today=today, yesterday=yesterday)


def focus_wrong(attempt: rx.Var[int]) -> rx.Component:
    return FocusWrong.create(attempt=attempt)


def focus_page() -> rx.Component:
    return FocusPage.create()


def idle_warning(*children: Any, expires: rx.Var[str] | str) -> rx.Component:
    return IdleWarning.create(*children, expires=expires)


def loaded_or_waiting(
    content: rx.Component,
    waiting: rx.Component,
    slow: rx.Component,
    failed: rx.Component,
    *,
    loaded: rx.Var[bool],
    fresh: rx.Var[bool],
    failure: rx.Var[str],
) -> rx.Component:
    return UntilLoaded.create(
        content, waiting, slow, failed, loaded=loaded, fresh=fresh, failure=failure
    )


def when_offline(
    no_network: rx.Component, no_server: rx.Component, lost: rx.Var[bool]
) -> rx.Component:
    return WhenOffline.create(no_network, no_server, lost=lost)


def native_form(*children: Any, **props: Any) -> rx.Component:
    return NativeForm.create(*children, **props)


def fetch_form(*children: Any, **props: Any) -> rx.Component:
    return FetchForm.create(*children, offline=words.OFFLINE, **props)


def backend_link(*children: Any, **props: Any) -> rx.Component:
    return BackendLink.create(*children, **props)


def leave_to(address: rx.Var[str] | str) -> rx.Component:
    return LeaveTo.create(address=address)


def passing(*children: Any, text: rx.Var[str], on_passed: Any) -> rx.Component:
    return Passing.create(*children, text=text, on_passed=on_passed)


def password_input(*icons: Any, **props: Any) -> rx.Component:
    return PasswordInput.create(*icons, show=words.SHOW_PASSWORD, **props)


def kept_input(keep: str, **props: Any) -> rx.Component:
    return KeptInput.create(keep=keep, **props)


def moment_input(**props: Any) -> rx.Component:
    return MomentInput.create(**props)


def forget_input(keep: str) -> rx.Component:
    return ForgetInput.create(keep=keep)


def browser_fields() -> rx.Component:
    return BrowserFields.create()


def link_token(name: str) -> rx.Component:
    return LinkToken.create(name=name)
