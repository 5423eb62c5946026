"""The system's packages that the tests need, installed where that is possible.

As root on Debian they are installed before the first test. Elsewhere the tests that need one fail
and say how to get it.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

APT = {"DEBIAN_FRONTEND": "noninteractive"}


def has_postgresql() -> bool:
    installed = any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed or shutil.which("initdb") is not None


def has_chromium() -> bool:
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "~/.cache/ms-playwright")).expanduser()
    names = ("chromium", "chromium-browser", "google-chrome")
    return any(cache.glob("chromium-*")) or any(map(shutil.which, names))


def has_nginx() -> bool:
    # Debian keeps it where only root looks.
    return shutil.which("nginx") is not None or Path("/usr/sbin/nginx").exists()


NEEDED: dict[str, Callable[[], bool]] = {
    "postgresql": has_postgresql,
    "chromium": has_chromium,
    "redis-server": lambda: shutil.which("redis-server") is not None,
    "nginx": has_nginx,
    "caddy": lambda: shutil.which("caddy") is not None,
}


def install_missing() -> None:
    missing = [package for package, is_there in NEEDED.items() if not is_there()]
    if not missing or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print(f"installing {' and '.join(missing)}", flush=True)
    environment = os.environ | APT
    subprocess.run(["apt-get", "update", "-q"], check=False, env=environment)
    subprocess.run(
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing],
        check=False,
        env=environment,
    )
