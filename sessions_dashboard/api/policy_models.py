"""The policy in JSON."""

from typing import Annotated

from pydantic import BaseModel, Field, StrictFloat, StrictInt, StrictStr

from sessions_dashboard.api.given import Given


class PolicyTrial(Given):
    values: dict[str, StrictInt | StrictFloat | StrictStr]


class PolicyPatch(PolicyTrial):
    # The version that was looked at.
    based_on: Annotated[int, Field(ge=0, le=2**31)]


class PolicyInForce(BaseModel):
    version: int
    values: dict[str, float | str]


class Simulated(BaseModel):
    sessions: int
    users: int
    of_administrators: int
    own: bool
    users_above_limit: int
