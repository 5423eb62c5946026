"""Telling automata from people at a browser: crawlers and monitors, and scripts.

A script is an HTTP library or a command-line tool. It may act for the account's owner, so it is
named as what it is and counts neither as a bot nor as a person.
"""

import re

from sessions_dashboard.devices.crawlers import is_crawler
from sessions_dashboard.devices.engine import Agent
from sessions_dashboard.devices.hints import Hints
from sessions_dashboard.devices.model import DeviceKind

# The model of a phone may be called "VR BOT 552" or "Spider A5".
_PHONE_MODEL = re.compile(
    r"(Android [\d.]+; (?:[a-z]{2}[-_][a-zA-Z]{2}; )?)(?!.*compatible;)[^;)]*"
    r"|(IEMobile/[\d.]+; )[^)]*"
)

_SCRIPT = re.compile(
    r"^(?:curl|libcurl|wget2?|httpie|xh|python|python-(?:requests|urllib\d?|httpx)|aiohttp|httpx"
    r"|urllib3|okhttp\d?|go-http-client|go-resty|java|apache-(?:httpclient|httpasyncclient)"
    r"|jakarta commons-httpclient|axios|node-fetch|node|undici|got|superagent|guzzle(?:http)?"
    r"|php|pear|http_request2?|libwww-perl|lwp(?:::\w+)?|www-mechanize|ruby|faraday|typhoeus"
    r"|rest-client|postmanruntime|insomnia|bruno-runtime|dart|reqwest|ureq|hyper|deno|bun"
    r"|powershell|winhttp|restsharp|unirest-\w+|alamofire|nsurlsession|lua-resty-http|k6"
    r")(?:[/ (;]|$)"
    r"|\bWindowsPowerShell/|^Go [\d.]+ package http",
    re.IGNORECASE,
)

# Programs that fetch pages for the person in front of them, though lists of crawlers name them.
_PERSONAL = re.compile(
    # Office and system
    r"Microsoft Office|Microsoft Outlook|MSOffice|Microsoft-(?:CryptoAPI|Delivery)|Windows-Update"
    r"|^(?:Word|Excel|PowerPoint|OneNote)/|WinSparkle|Electron/|Emacs|CFNetwork/.*Darwin/"
    r"|Google Desktop|GmmClient|Cronet|\bEdge Update/|CCleaner|AIDA64|HandBrake|CPUID"
    r"|\b(?:com|ru)\.yandex\."
    # mail, messages, news and podcasts
    r"|^Mail/\d|Thunderbird/|^WhatsApp/.* Device/|NetNewsWire|Reeder/|Liferea|QuiteRSS|Newsbeuter"
    r"|Newsboat|RSSOwl|RssBandit|FeedDemon|FeedStation|Akregator|Internet Reader|Headline-Reader"
    r"|Windows-RSS-Platform|Podcast Client|PodcastAddict|VictorReader|podcatcher|gPodder"
    r"|The Bat!|Podcast app|; RSS Reader|RSS Junkie|Omea Reader"
    # what else is on a computer for one person: downloads, versions
    r"|^git/\d|BitTorrent|[uµ]Torrent|BTWebClient"
    # an app on a phone or a television, over a library
    r"|\bbuild:\d+; ?(?:Android|iOS)|tvOS"
    # old browsers, gateways for old phones, televisions
    r"|VMS_Mosaic|AmigaVoyager|OffByOne|Google Wireless Transcoder|Mobile-Gateway"
    r"|Lynx/|amaya/|UP\.(?:Browser|Link)/|UCWEB/"
    r"|LibVLC|XBMC/|Kodi/|HbbTV/|YouView|Viera|BrightSign",
    re.IGNORECASE,
)
_WORKS_ALONE = re.compile(r"bot\b|crawl|spider", re.IGNORECASE)
_SURELY_BOT = re.compile(r"bot\b|crawl|spider|\+https?://", re.IGNORECASE)

# These fetch a page while a person looks at it, though some say where to reach their makers:
# gateways for phones, and applications that name their computer right after their version, as
# browsers do and crawlers don't.
_PERSONAL_WITH_CONTACT = re.compile(
    r"Mobile-Gateway|Wireless Transcoder"
    r"|^(?!Mozilla/)[A-Za-z][\w .-]*/[\d.]+[\w-]*[; ]+\("
    r"(?:Android|Darwin|iOS|iPad|iPhone|Linux|Macintosh|Windows|X11)\b"
    r"|^(?!Mozilla/)[A-Za-z][^(+]*[/ ](?:iOS|iPhone|Android)\b|\(phone;android\b"
)

# What toolkits and companies add to Internet Explorer's agent.
_HARMLESS = re.compile(
    r"Embedded Web Browser from: [^;)]+|QQDownload \d*"
    r"|(?<=Trident/7\.0; )[^;)]*bot[a-z][^;)]*(?=; rv:11)"
)

# Where to reach whoever runs it: no browser says that.
_CONTACT = re.compile(
    r"https?:/|\bwww\.|[\w.-]+ ?(?:@|\[at\]|\(at\)) ?(?=[\d-]*[a-z])[\w-]+\.|\+\w+@|\bcontact\b"
    r"|\b[a-z][\w-]{2,}\.(?:com|org|io|net|ai|co|dev|eu|us|info|app)\b(?![./]\w)",
    re.IGNORECASE,
)
# "compatible" belongs to Internet Explorer and its time; what says it today is a robot.
_COMPATIBLE = re.compile(
    r"(?<!\d )compatible(?:;|\))(?! ?(?:MSIE|Konqueror|iCab|Opera|NetFront|Windows|Mozilla|WebTV"
    r"|Gecko|Smartphone|OffByOne|Charon|IBrowse|RISC OS|NetPositive|Tablet|Google Desktop|Teleca"
    r"|jig|livedoor-Mobile|Linux|U;|Polaris|NCBrowser|ANTFresco|Acorn Browse))",
    re.IGNORECASE,
)
# Browsers and apps say what they run on; what doesn't is a script, whatever it calls itself.
_PLATFORM = re.compile(
    # computers
    r"WTOS|ThinOS|Windows|Macintosh|Mac ?OS|Mac_P|OSX|Darwin|Linux|X11|CrOS|BSD|SunOS|Amiga"
    r"|OS/2|RISC OS|BeOS|Haiku|Syllable|SUSE|Ubuntu|Debian|OpenVMS|Inferno|\bWin(?:32"
    r"|64|NT|\d\d?)\b|MSDW"
    r"|browser/|Sleipnir|Opera|Presto|Konqueror|Lynx/|amaya/|Dillo/|HotJava/"
    # phones, tablets and watches; "A/8.1.0/" is how chips of phones report
    r"|^A/\d+\.|iPhone|iPad|iPod|iOS|\biPh\d|Android|\bAdr \d|Andr0id|Dalvik|HarmonyOS"
    r"|Mobile;|Tablet;|Tizen|KaiOS|BlackBerry|BB10|Palm(?:scape|OS)|Symbian|Series ?[346]0"
    r"|Nokia|LG-|SAMSUNG|SonyEricsson|\bFBAN/|Cloud Phone|Garmin|Mobile Safari/"
    r"|MOT-|ZTE|Huawei|MTK|watch ?OS|Apple ?Watch|^Watch\d|UCWEB|CWEB|UCBrowser"
    r"|PlayBook|RIM Tablet|Xiino/|\bScreen-\d+X\d+"
    r"|MIDP|CLDC|J2ME|Profile/|BREW|UP\.Browser|UP/\d|WAP|MAUI|NetFront|Obigo|Teleca"
    r"|DoCoMo|KDDI|SoftBank|Vodafone|emobile|DDIPOCKET|jig browser|IAC/"
    # televisions, speakers and consoles
    r"|tvOS|AppleTV|CrKey|OMI/\d|\(Astro;|NETTV|AQUOS|WebTV/|AirPlay|Web0S|webOS|HbbTV"
    r"|Smart-?TV|\bDTV\b|[;,] ?Wired\)|\bMaple \d|\bAT_\d+_HD\b|\btv\b|Roku|VIZIO|TiVo|YouView"
    r"|Viera|BrightSign|\bAFT[A-Z]{1,4}\d*(?:[_; ]|$)|Netflix|Sonos|Echo|AlexaMedia"
    r"|PlayStation|\bPS[345]\b|Nintendo|Xbox|SEGASATURN",
    re.IGNORECASE,
)


# Players of podcasts, radio and music say what they do, but not what they run on.
_PLAYER = re.compile(
    r"^(?!Mozilla/).*(?:podcast|radio|music|player|tune|stream|vox\b|cast\b)"
    r"|^Pod[A-Zckt]|Pod/\d|^Sound\w+[/-]\d|^[\w .]+\bfm\b"
    r"|^(?:amarok|Audacious|Castro|Kasts|mpv|QuickTime|rhythmbox|Winamp|foobar2000)\b",
    re.IGNORECASE,
)


def name_automaton(text: str, agent: Agent, hints: Hints) -> DeviceKind | None:
    """`BOT`, `SCRIPT`, or `None` for a person's browser or app."""
    if _SCRIPT.search(text):
        return DeviceKind.SCRIPT
    # An app shows pages with Android's web view, whose hints name both the app and the platform.
    in_app = bool(hints.package and hints.platform)
    if _looks_like_bot(text, agent):
        if in_app and not _SURELY_BOT.search(text):
            return None
        if _PERSONAL_WITH_CONTACT.search(text) and not _WORKS_ALONE.search(text):
            return None
        personal = _PERSONAL.search(text) and not _SURELY_BOT.search(text)
        return None if personal else DeviceKind.BOT
    hinted = hints.platform or hints.package
    said = _PLATFORM.search(text) or _PLAYER.search(text) or _PERSONAL.search(text)
    return None if hinted or said else DeviceKind.SCRIPT


def _looks_like_bot(text: str, agent: Agent) -> bool:
    bare = _HARMLESS.sub("", _PHONE_MODEL.sub(r"\1\2", text))
    return bool(
        (agent.is_bot and bare == text)
        or _COMPATIBLE.search(bare)
        or _CONTACT.search(bare)
        or is_crawler(bare)
    )
