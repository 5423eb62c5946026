"""Another policy: in force at once; what it ends is ended in the background."""

import asyncio
import uuid
from collections.abc import Callable

from sqlalchemy import Connection

from sessions_dashboard.jobs.background_work import BackgroundWork
from sessions_dashboard.jobs.slices import FIRST_SLICE_ROWS, Timed, next_size, timed
from sessions_dashboard.live.bus import OVERVIEW
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions import Policy, policy_work
from sessions_dashboard.sessions.page_keys import PageKey
from sessions_dashboard.sessions.policy_versions import current_policy
from sessions_dashboard.sessions.policy_work import Slice, Work

# How often to look for work that another process has stored or left.
LOOK_SECONDS = 5


async def put_in_force(runtime: Runtime, work: Callable[[Connection], Policy]) -> None:
    """Store another policy, and hold every session to it from now on.

    What has run out under the one before stays over, though the new one may be longer; both that
    and what runs out under the new one is left to the `PolicyRunner`.
    """

    def stored(db: Connection) -> Policy:
        saved = work(db)
        return current_policy(db) or saved

    await runtime.adopt(await runtime.database.write(stored))
    runtime.policy_wanted.set()


class PolicyRunner(BackgroundWork):
    """Ends what a new policy ends, in slices with as long a pause after each."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime, LOOK_SECONDS, runtime.policy_wanted)
        self._worker = str(uuid.uuid4())

    async def _take_turn(self) -> None:
        while await self._carry_out_one():
            pass

    async def _carry_out_one(self) -> bool:
        database = self._runtime.database
        if not await database.read(lambda db: policy_work.is_any_free(db, utc_now())):
            return False
        work = await database.write(lambda db: policy_work.claim(db, self._worker, utc_now()))
        if work is None:
            return False
        if work.to_end is None:
            await self._count(work)
        await self._end_all(work)
        # The pages that show how far it has come: it may have ended nobody's session.
        await self._runtime.bus.publish(OVERVIEW)
        return True

    async def _count(self, work: Work) -> None:
        database, now = self._runtime.database, utc_now()
        number: int = await database.scan(lambda db: policy_work.count(db, work, now))
        await database.write(
            lambda db: policy_work.note_count(db, work, self._worker, number, utc_now())
        )

    async def _end_all(self, work: Work) -> None:
        after: PageKey | None = None
        rows, is_over = FIRST_SLICE_ROWS, False
        while not is_over:
            done, took = await self._slice(work, after, rows)
            after, is_over = done.after, done.is_over
            rows = next_size(rows, took)
            await asyncio.sleep(took)

    async def _slice(self, work: Work, after: PageKey | None, rows: int) -> Timed[Slice]:
        end = timed(
            lambda db: policy_work.end_slice(db, work, self._worker, utc_now(), after, rows)
        )
        return await self._runtime.change(end, lambda done: _concerning(done.result))


def _concerning(done: Slice) -> list[int]:
    return [one.user_id for one in done.ended]
