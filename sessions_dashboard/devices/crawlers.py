"""The crawler list of `crawlerdetect`, and words of our own, through ua-parser's fast matcher.

The package tries its 1,464 patterns one after the other, in about 500 us, and one of them takes
quadratic time. The matcher behind ua-parser answers the same question in 25 us and linear time.
"""

import re
from functools import cache

import ua_parser
from crawlerdetect.providers import crawlers, exclusions
from ua_parser.core import Matcher
from ua_parser.lazy import DeviceMatcher

# The list has names of three letters, and numbers.
SHORT = 5
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")

# Words for what a robot does, that no browser says of itself.
WORK = (
    r"bot(?:\b|[/_-])",
    r"crawl|spider|scrap(?:e|ing|y)|harvest|archiv|index(?:er|ing)|fetch",
    r"scann?(?:er|ing)?\b|scan(?:s|ner)|probe\b|prober|recon\b|discover(?:y|er)?\b",
    r"survey|audit|inspect",
    r"monitor|uptime|pingdom|watchdog|synthetic|radar|lighthouse|measurement|observatory",
    r"check(?:er|ly)?\b|validat|verif(?:y|ier|ication)|\bDCV\b|detect(?:or|ion)",
    r"preview|unfurl|webhook|externalagent|externalads|externalhit|prefetch|proxy\b",
    r"research|prospect|enrich|extract|collect|classifier|analy[sz]er|parser\b|search(?:er|engine)",
    r"headless|phantomjs|puppeteer|playwright|selenium|webdriver|cypress|critical ?(?:css|path)",
    r"\bagent\b|worker\b|[-.]ai/|anthropic|openai|cohere|\$\{|ldap:",
)


def is_crawler(user_agent: str) -> bool:
    rest = _exclusions().sub("", user_agent)
    if not rest:
        return False
    found = _listed()(rest, ua_parser.Domain.DEVICE)
    return found.device is not None or _listed_with_look_around().search(rest) is not None


@cache
def _exclusions() -> re.Pattern[str]:
    return re.compile("|".join(exclusions.data), re.IGNORECASE)


@cache
def _listed() -> ua_parser.Resolver:
    patterns = [*WORK, *map(_as_word, (p for p in crawlers.data if not _LOOK_AROUND.search(p)))]
    matchers: list[Matcher[ua_parser.Device]] = [
        DeviceMatcher(pattern, "i", "crawler") for pattern in patterns
    ]
    return ua_parser.BestAvailableResolver(([], [], matchers))


def _as_word(pattern: str) -> str:
    """A crawler's name as a whole word, where it is so short that a phone's name may contain it."""
    return rf"(?:^|[^A-Za-z0-9]){pattern}" if len(pattern) <= SHORT else pattern


@cache
def _listed_with_look_around() -> re.Pattern[str]:
    patterns = [p for p in crawlers.data if _LOOK_AROUND.search(p)]
    return re.compile("|".join(patterns) or r"(?!)", re.IGNORECASE)
