"""Which tests may run side by side: `python -m pytest -n auto`."""

from pathlib import PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# The pages take minutes to build, and a server seconds to start: who shares them stays together.
# Those that take longest come first.
SHARING = ("browser", "live", "http", "api", "workers", "webhooks")


class TogetherWhoShare(LoadScopeScheduling):
    """A folder that shares servers is run by one process; any other file by whichever is free."""

    def _split_scope(self, nodeid: str) -> str:
        folder = _folder(nodeid)
        return folder if folder in SHARING else nodeid.partition("::")[0]


def _folder(nodeid: str) -> str:
    return PurePosixPath(nodeid.partition("::")[0]).parts[1]


def longest_first(items: list[pytest.Item]) -> None:
    """What one process has to run alone before all others, or it would be left alone with it."""
    places = {folder: place for place, folder in enumerate(SHARING)}
    items.sort(key=lambda item: places.get(_folder(item.nodeid), len(places)))


def together_who_share(config: pytest.Config, log: Any) -> TogetherWhoShare:
    config.option.loadscopereorder = False
    return TogetherWhoShare(config, log)
