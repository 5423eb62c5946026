"""Ends of many sessions in JSON."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from sessions_dashboard.api.given import Given, Id
from sessions_dashboard.api.session_models import SessionFilter
from sessions_dashboard.sessions.bulk import MAX_CHOSEN, MAX_REASON_LENGTH, BulkState
from sessions_dashboard.sessions.bulk import Operation as BulkOperation


class BulkWanted(Given):
    """One of the two."""

    ids: Annotated[list[Id], Field(max_length=MAX_CHOSEN)] | None = None
    filter: SessionFilter | None = None


class BulkConfirmation(Given):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=MAX_REASON_LENGTH)]
    # As many as the preview told, to be sure that it was read.
    sessions: Annotated[int, Field(ge=0)]
    include_own: bool = False


class BulkPreview(BaseModel):
    id: str
    sessions: int
    users: int
    includes_own: bool


class Confirmed(BaseModel):
    id: str
    sessions: int


class BulkEnd(BaseModel):
    id: str
    state: BulkState
    begun_by: str
    reason: str
    sessions: int
    users: int
    ended: int
    already_over: int
    failed: int

    @classmethod
    def of(cls, one: BulkOperation) -> "BulkEnd":
        return cls(
            id=one.public_id,
            state=one.state,
            begun_by=one.created_by,
            reason=one.reason,
            sessions=one.total,
            users=one.users,
            ended=one.ended,
            already_over=one.already_over,
            failed=one.failed,
        )


class BulkEnds(BaseModel):
    bulk_ends: list[BulkEnd]
