"""Views of the sessions that an administrator keeps under a name of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from sessions_dashboard.sessions.models import saved_views
from sessions_dashboard.sessions.resume import ActiveSession, hold_still, require_live

MAX_VIEWS = 50
MAX_VIEW_NAME_LENGTH = 60


class TooManyViews(Exception):
    """There are as many as anybody can look through."""


@dataclass(frozen=True, slots=True)
class KeptView:
    name: str
    # The parameters of its address.
    parameters: Mapping[str, str]


def views_of(db: Connection, user_id: int) -> list[KeptView]:
    """A user's views, by name."""
    rows = db.execute(
        select(saved_views.c.name, saved_views.c.parameters).where(saved_views.c.user_id == user_id)
    )
    found = [KeptView(row.name, row.parameters) for row in rows]
    return sorted(found, key=lambda view: view.name.casefold())


def keep_view(
    db: Connection, actor: ActiveSession, name: str, parameters: Mapping[str, str], now: datetime
) -> None:
    """Keep a view; one of the actor's with the same name is replaced.

    Raises:
        TooManyViews: the actor has `MAX_VIEWS` others.
        NotSignedIn: the actor's session has ended.
    """
    forget_view(db, actor, name)
    own = saved_views.c.user_id == actor.user_id
    number = db.execute(select(func.count()).select_from(saved_views).where(own)).scalar_one()
    if number >= MAX_VIEWS:
        raise TooManyViews
    db.execute(
        insert(saved_views).values(
            user_id=actor.user_id, name=name, parameters=dict(parameters), created_at=now
        )
    )


def forget_view(db: Connection, actor: ActiveSession, name: str) -> KeptView | None:
    """Forget a view of the actor's, and return it; no harm where there is none.

    Raises:
        NotSignedIn: the actor's session has ended.
    """
    hold_still(db, actor.user_id)
    require_live(db, actor)
    gone = db.execute(
        delete(saved_views)
        .where(saved_views.c.user_id == actor.user_id, saved_views.c.name == name)
        .returning(saved_views.c.name, saved_views.c.parameters)
    ).first()
    return KeptView(gone.name, gone.parameters) if gone is not None else None
