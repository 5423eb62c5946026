"""Which tests may run side by side: `python -m pytest -n auto`."""

from pathlib import PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# The pages take minutes to build, and a server seconds to start: who shares them stays together.
SHARING = ("browser", "http", "live", "api", "webhooks", "workers")


class TogetherWhoShare(LoadScopeScheduling):
    """A folder that shares servers is run by one process; any other file by whichever is free."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = PurePosixPath(file).parts[1]
        return folder if folder in SHARING else file


def longest_first(items: list[pytest.Item]) -> None:
    """The browsers' tests before all others, or one process would be left alone with them."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/browser/"))


def together_who_share(config: pytest.Config, log: Any) -> TogetherWhoShare:
    config.option.loadscopereorder = False
    return TogetherWhoShare(config, log)
