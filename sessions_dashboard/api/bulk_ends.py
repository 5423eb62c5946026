"""Ending many sessions: a preview with an id, confirmed by repeating its number of sessions."""

from sqlalchemy import Connection

from sessions_dashboard.api.administration import view_of
from sessions_dashboard.api.bulk_end_models import (
    BulkConfirmation,
    BulkEnd,
    BulkEnds,
    BulkPreview,
    BulkWanted,
    Confirmed,
)
from sessions_dashboard.api.operation import Call, Operation
from sessions_dashboard.api.problems import Problem
from sessions_dashboard.devices.cleaning import clean_text
from sessions_dashboard.jobs import freeze_rest
from sessions_dashboard.runtime import utc_now
from sessions_dashboard.sessions import bulk
from sessions_dashboard.sessions.bulk import MAX_REASON_LENGTH, Preview, PreviewOutdated
from sessions_dashboard.sessions.filters import parameters_of

PATH = "/admin/bulk-ends"


async def preview_bulk_end(call: Call) -> BulkPreview:
    """Freeze what matches at this moment: what begins to match later is not ended."""
    actor, runtime, now = call.actor, call.runtime, utc_now()
    chosen, asked_for = call.body.ids, call.body.filter
    if (chosen is None) is (asked_for is None):
        raise Problem("body", ["ids", "filter"])
    if chosen is not None:
        operation = await runtime.database.write(
            lambda db: bulk.freeze_chosen(db, actor, chosen, now)
        )
    else:
        parameters = parameters_of(view_of(asked_for, "body"))
        operation = await runtime.database.write(
            lambda db: bulk.freeze_matching(db, actor, parameters, now)
        )
        async for _number in freeze_rest(runtime, actor, operation):
            pass
    seen = await runtime.database.scan(lambda db: bulk.preview_of(db, actor, operation, 0))
    return BulkPreview(
        id=operation, sessions=seen.total, users=seen.users, includes_own=seen.includes_own
    )


async def confirm_bulk_end(call: Call) -> Confirmed:
    actor, policy, now, asked = call.actor, call.runtime.policy, utc_now(), call.body
    reason = clean_text(asked.reason, MAX_REASON_LENGTH)
    if not reason:
        raise Problem("body", ["reason"])

    def work(db: Connection, seen: Preview) -> None:
        bulk.confirm(db, actor, call.id, reason, seen, policy, now, include_own=asked.include_own)

    try:
        seen = await call.runtime.database.scan(lambda db: bulk.preview_of(db, actor, call.id, 0))
        to_end, _users = seen.to_end(include_own=asked.include_own)
        if asked.sessions != to_end:
            raise Problem("number")
        await call.runtime.database.write(lambda db: work(db, seen))
    except PreviewOutdated:
        raise Problem("preview_outdated") from None
    call.runtime.bulk_wanted.set()
    return Confirmed(id=call.id, sessions=to_end)


async def list_bulk_ends(call: Call) -> BulkEnds:
    found = await call.runtime.database.read(lambda db: bulk.recent(db, utc_now()))
    return BulkEnds(bulk_ends=[BulkEnd.of(one) for one in found])


async def stop_bulk_end(call: Call) -> BulkEnds:
    actor, now = call.actor, utc_now()
    await call.runtime.change(
        lambda db: bulk.stop(db, actor, call.id, now), lambda _none: [actor.user_id]
    )
    return await list_bulk_ends(call)


OPERATIONS = (
    Operation(
        "preview_bulk_end",
        "POST",
        PATH,
        preview_bulk_end,
        BulkPreview,
        body=BulkWanted,
        admins_only=True,
        problems=("not_found",),
    ),
    Operation("list_bulk_ends", "GET", PATH, list_bulk_ends, BulkEnds, admins_only=True),
    Operation(
        "confirm_bulk_end",
        "POST",
        f"{PATH}/{{id}}/confirm",
        confirm_bulk_end,
        Confirmed,
        body=BulkConfirmation,
        admins_only=True,
        problems=("not_found", "password_needed", "number", "preview_outdated"),
    ),
    Operation(
        "stop_bulk_end",
        "POST",
        f"{PATH}/{{id}}/stop",
        stop_bulk_end,
        BulkEnds,
        admins_only=True,
        problems=("not_found",),
    ),
)
