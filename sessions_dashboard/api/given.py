"""What requests bring: nothing but what is named, in bounds."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sessions_dashboard.api.cursors import MAX_LENGTH as MAX_CURSOR_LENGTH

Text = Annotated[str, StringConstraints(max_length=254)]
Id = Annotated[str, StringConstraints(max_length=36)]


class Given(BaseModel):
    """What a request brings: nothing but what is named here."""

    model_config = ConfigDict(extra="forbid")


class NoQuery(Given):
    pass


class PageQuery(Given):
    # As the page before this one gave it.
    cursor: Annotated[str, StringConstraints(max_length=MAX_CURSOR_LENGTH)] | None = None
    limit: int = Field(default=50, ge=1, le=200)
