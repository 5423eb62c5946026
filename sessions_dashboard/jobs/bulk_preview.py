"""Freezing all that match for a preview, a stretch at a time: each is one short transaction."""

from collections.abc import AsyncIterator

from sessions_dashboard.runtime import Runtime
from sessions_dashboard.sessions import Actor, bulk

# Looked at in one transaction, for some 25 ms.
ROWS_A_STRETCH = 10_000


async def freeze_rest(runtime: Runtime, actor: Actor, operation: str) -> AsyncIterator[int]:
    """Go through with what `freeze_matching` began; after each stretch, how many are frozen.

    Raises:
        NotFound: it is not being collected, or by somebody else.
    """
    number, more, policy = 0, True, runtime.policy
    while more:
        found = await runtime.database.write(
            lambda db: bulk.collect(db, actor, operation, policy, ROWS_A_STRETCH)
        )
        number, more = number + found.added, found.more
        yield number
