"""Which mark of `assets/marks.svg` stands for a browser or a system; empty where there is none.

The file is put together from the icons of simple-icons 12.4.0 (CC0), those that are used alone.
"""

BROWSERS = {
    "Brave": "brave",
    "Chrome": "googlechrome",
    "DuckDuckGo": "duckduckgo",
    "Edge": "microsoftedge",
    "Facebook": "facebook",
    "Firefox": "firefoxbrowser",
    "Firefox Focus": "firefoxbrowser",
    "Instagram": "instagram",
    "Opera": "opera",
    "Opera GX": "opera",
    "Opera Mini": "opera",
    "Safari": "safari",
    "Samsung Internet": "samsung",
    "Tor Browser": "torbrowser",
    "Vivaldi": "vivaldi",
    "curl": "curl",
}
SYSTEMS = {
    "Android": "android",
    "ChromeOS": "googlechrome",
    "Debian": "debian",
    "Fedora": "fedora",
    "Linux": "linux",
    "Nintendo": "nintendoswitch",
    "PlayStation": "playstation",
    "Ubuntu": "ubuntu",
    "Windows": "windows11",
    "Xbox": "xbox",
    "iOS": "apple",
    "iPadOS": "apple",
    "macOS": "apple",
    "tvOS": "apple",
    "watchOS": "apple",
}


def browser_mark(browser: str | None) -> str:
    return BROWSERS.get(browser or "", "")


def system_mark(system: str | None) -> str:
    return SYSTEMS.get(system or "", "")
