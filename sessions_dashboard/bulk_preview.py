"""Freezing all that match for a preview, a stretch at a time: each is one short transaction."""

from collections.abc import AsyncIterator
from functools import partial

from sessions_dashboard.runtime import Runtime
from sessions_dashboard.sessions import Actor, bulk

ROWS_A_STRETCH = 5_000


async def freeze_rest(runtime: Runtime, actor: Actor, operation: str) -> AsyncIterator[int]:
    """Go through with what `freeze_matching` began; after each stretch, how many are frozen.

    Raises:
        NotFound: it is not being collected, or by somebody else.
    """
    number, more, policy = 0, True, runtime.policy
    while more:
        found = await runtime.database.scan(
            lambda db: bulk.next_matching(db, actor, operation, policy, ROWS_A_STRETCH)
        )
        collect = partial(bulk.collect, actor=actor, public_id=operation, found=found)
        await runtime.database.write(collect)
        number, more = number + len(found.rows), found.next is not None
        yield number
