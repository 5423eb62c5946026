"""API keys in JSON."""

from datetime import datetime

from pydantic import BaseModel

from sessions_dashboard.sessions import Scope
from sessions_dashboard.sessions.api_keys import ListedKey


class ApiKey(BaseModel):
    id: str
    name: str
    # The last characters of the key.
    ending: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_from: str | None

    @classmethod
    def of(cls, key: ListedKey) -> "ApiKey":
        return cls(
            id=key.public_id,
            name=key.name,
            ending=key.ending,
            scopes=list(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            last_used_from=key.last_used_ip_address,
        )


class ApiKeys(BaseModel):
    api_keys: list[ApiKey]


class RevokedKey(BaseModel):
    id: str
    name: str
