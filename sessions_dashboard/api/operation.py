"""What the API can be asked: operations, from which its routes and description are made."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from sessions_dashboard.api.cursors import Cursors
from sessions_dashboard.api.given import Given, NoQuery
from sessions_dashboard.runtime import Runtime
from sessions_dashboard.sessions import Actor, Scope


@dataclass(frozen=True, slots=True)
class Call:
    """One request with its caller; its query and body are validated."""

    runtime: Runtime
    cursors: Cursors
    actor: Actor
    # The id in the address; empty where it has none.
    id: str
    query: Any
    body: Any


Handle = Callable[[Call], Awaitable[BaseModel]]


@dataclass(frozen=True, slots=True)
class Operation:
    # Its name in the description, and that of its summary in `words/api.py`.
    name: str
    method: str
    path: str
    handle: Handle
    answer: type[BaseModel]
    query: type[Given] = NoQuery
    body: type[Given] | None = None
    admins_only: bool = False
    # For a question that is too long for an address, and so is posted.
    changes_nothing: bool = False
    # Problems beside those that any operation may answer with.
    problems: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        return self.method != "GET" and not self.changes_nothing

    @property
    def scope(self) -> Scope:
        """What a key needs to ask this."""
        if self.admins_only:
            return Scope.ADMIN_WRITE if self.writes else Scope.ADMIN_READ
        return Scope.OWN_WRITE if self.writes else Scope.OWN_READ
