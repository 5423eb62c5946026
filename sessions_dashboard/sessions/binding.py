"""What a session does when it is used from somewhere else than before.

Every new address and every new browser version goes into the history once. What is another place or
another browser to the policy has the consequence that the policy names: it is noted, the password
is asked for, or the session is ended.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Any

from sqlalchemy import Connection, func, select, update

from sessions_dashboard.database import AnyRow
from sessions_dashboard.devices import Device, describe
from sessions_dashboard.sessions.ending import EndedSession, end_for_moving
from sessions_dashboard.sessions.history import EventKind, record
from sessions_dashboard.sessions.lifecycle import RequestInfo
from sessions_dashboard.sessions.models import session_events, sessions
from sessions_dashboard.sessions.policy import AddressWidth, EndReason, Policy, Reaction
from sessions_dashboard.sessions.resume import ActiveSession

# The country of an address, None where it is not known.
CountryOf = Callable[[str], str | None]
# So that a client that makes up a user agent with every request does not fill the history.
MAX_TOLD = 100
NETWORK_BITS = {4: 24, 6: 64}


class Moved(StrEnum):
    """What is different: what the history and a page that asks for the password say."""

    IP_ADDRESS = "ip_address"
    USER_AGENT = "user_agent"


END_REASONS = {
    Moved.IP_ADDRESS: EndReason.IP_CHANGED,
    Moved.USER_AGENT: EndReason.USER_AGENT_CHANGED,
}


@dataclass(frozen=True, slots=True)
class Move:
    """One difference between a request and the one before, and what it calls for."""

    what: Moved
    before: str
    after: str
    reaction: Reaction


def has_moved(session: ActiveSession, request: RequestInfo) -> bool:
    """Whether a request differs at all from those before; cheap enough for every request."""
    return session.challenge is None and (
        request.ip_address != session.seen_ip_address
        or request.user_agent != session.seen_user_agent
    )


def note_move(
    db: Connection,
    session: ActiveSession,
    request: RequestInfo,
    policy: Policy,
    country_of: CountryOf,
    now: datetime,
) -> EndedSession | None:
    """Record where a live session is used from now, and do what the policy says about that.

    While a session waits for its password, nothing of the request is stored: the place that it came
    from is known only once the password was right.

    Returns:
        The session, where it was ended.
    """
    row = _used_from(db, session.id)
    if row is None or row.challenge is not None:
        return None
    moves = list(_moves(row.ip_address, row.user_agent, request, policy, country_of))
    told = _told(db, session.id)
    for move in moves:
        if _is_worth_telling(move, told):
            _record(db, session, row, move, request, now)
    values: dict[str, Any] = {"moved": True} if moves else {}
    asking = _first(moves, Reaction.STEP_UP)
    ending = _first(moves, Reaction.END)
    if asking is not None and ending is None:
        values |= {"challenge": asking.what.value}
    elif ending is None:
        values |= {"seen_ip_address": request.ip_address, "seen_user_agent": request.user_agent}
    db.execute(update(sessions).where(sessions.c.id == session.id).values(**values))
    if ending is None:
        return None
    return end_for_moving(db, session.id, END_REASONS[ending.what], now)


def _used_from(db: Connection, session_id: int) -> AnyRow | None:
    """Where a live session was used from last; its row stays locked."""
    used = func.coalesce(sessions.c.seen_ip_address, sessions.c.ip_address)
    return db.execute(
        select(
            used.label("ip_address"),
            func.coalesce(sessions.c.seen_user_agent, sessions.c.user_agent).label("user_agent"),
            sessions.c.device_label,
            sessions.c.name,
            sessions.c.challenge,
        )
        .where(sessions.c.id == session_id, sessions.c.ended_at.is_(None))
        .with_for_update()
    ).first()


def _first(moves: Sequence[Move], reaction: Reaction) -> Move | None:
    return next((move for move in moves if move.reaction is reaction), None)


def _moves(
    address: str, user_agent: str, request: RequestInfo, policy: Policy, country_of: CountryOf
) -> Iterator[Move]:
    if request.ip_address != address:
        same = same_address(address, request.ip_address, policy.ip_width, country_of)
        reaction = Reaction.OFF if same else policy.ip_binding
        yield Move(Moved.IP_ADDRESS, address, request.ip_address, reaction)
    if request.user_agent != user_agent:
        before, after = describe(user_agent), describe(request.user_agent)
        same = same_browser(before, after)
        if same and before.browser_version == after.browser_version:
            return
        reaction = Reaction.OFF if same else policy.user_agent_binding
        yield Move(Moved.USER_AGENT, _named(before), _named(after), reaction)


def same_address(one: str, other: str, width: AddressWidth, country_of: CountryOf) -> bool:
    """Whether two addresses, each in its one spelling, are the same place to the policy."""
    if one == other:
        return True
    match width:
        case AddressWidth.ADDRESS:
            return False
        case AddressWidth.NETWORK:
            network = network_of(one)
            return network is not None and network == network_of(other)
        case AddressWidth.COUNTRY:
            return country_of(one) == country_of(other)


def network_of(address: str) -> str | None:
    """The /24 or /64 that an address lies in; None for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return str(ip_network((parsed, NETWORK_BITS[parsed.version]), strict=False))


def same_browser(before: Device, after: Device) -> bool:
    """Whether one browser may have become the other: by an update, never by a step back."""
    families = (before.browser, before.os, before.kind) == (after.browser, after.os, after.kind)
    return families and _figures(after) >= _figures(before)


def _figures(device: Device) -> list[int]:
    return [int(figure) for figure in (device.browser_version or "").split(".") if figure.isdigit()]


def _named(device: Device) -> str:
    return f"{device.label} {device.browser_version or ''}".strip()


def _told(db: Connection, session_id: int) -> Sequence[dict[str, Any]]:
    """What the history already says about where the session was used from."""
    return (
        db.execute(
            select(session_events.c.details)
            .where(
                session_events.c.session_id == session_id,
                session_events.c.kind == EventKind.RESUMED_ELSEWHERE.value,
            )
            .limit(MAX_TOLD)
        )
        .scalars()
        .all()
    )


def _is_worth_telling(move: Move, told: Sequence[dict[str, Any]]) -> bool:
    match move.reaction:
        case Reaction.STEP_UP | Reaction.END:
            return True
        case Reaction.NOTE:
            return len(told) < MAX_TOLD
    places = {(details["what"], details[end]) for details in told for end in ("from", "to")}
    return len(told) < MAX_TOLD and (move.what.value, move.after) not in places


def _record(
    db: Connection,
    session: ActiveSession,
    row: AnyRow,
    move: Move,
    request: RequestInfo,
    now: datetime,
) -> None:
    record(
        db,
        EventKind.RESUMED_ELSEWHERE,
        now,
        user_id=session.user_id,
        session_id=session.id,
        device=row.name or row.device_label,
        ip_address=request.ip_address,
        details={
            "what": move.what.value,
            "from": move.before,
            "to": move.after,
            "reaction": move.reaction.value,
        },
    )
