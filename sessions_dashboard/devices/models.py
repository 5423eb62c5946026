"""What an Android model name and build tell about the kind of device.

Android says "Mobile" for phones and for few other things; televisions, boxes and tablets don't
differ in anything but the model and the build. These are habits of naming that makers share.
"""

import re

from sessions_dashboard.devices.model import DeviceKind

_MODEL = re.compile(
    r"(?:Android|Adr)[ /-]?[\w.]*[;)] ?(?:[a-z]{2}(?:[-_][A-Za-z]{2})?; ?)?"
    r"(?:SAMSUNG )?([^;)]{1,80})"
)

# A diagonal in inches and the series: "43U6510", "LT-50NX7020S", "DM-LED32SBB35", "TLE-50USBM".
_BY_DIAGONAL = re.compile(
    r"(?:^|[-_ ])(?:[A-Z]{1,6}|[A-Z]+-?LED)?"
    r"(?:2[248]|32|39|4[023589]|5[058]|6[05]|7[057]|8[56]|98)"
    r"(?:[-_ ]?[A-Z]{1,6}[-_]?\d|[A-Z]{4,}|[-_ ]?(?:LEX|LED|SMART|UHD|FHD))"
)
TELEVISION = re.compile(
    # what it is
    r"(?:tv|box)(?:$|[\W_\d])|(?:stream|player|cast)(?:$|[\W_])|\bE?LED[-\d]"
    r"|(?:^|[\W_\d])(?:TVs?|STB|Stick|Dongle|Shell|HDMI|Smart ?Screen|Set.?top)(?:$|[\W_\d])"
    r"|[48]K(?![a-z0-9])|8K\d\d|(?:^|[\W_])(?:UHD|FHD|HDR)(?:$|[\W_])"
    # makers of nothing else, and their series
    r"|\bAFT[A-Z0-9]+\b|\b(?:BRAVIA|Chromecast|Nexus Player|Formuler|Tanix|Beelink|UGOOS|ZIDOO"
    r"|MECOOL|MXQ|MINIX|NEO-[UX]\d|NEXBOX|VORKE|pendoo|Rombica|iconBIT|Skystream|Smotreshka|Sber"
    r"|Vontar|Transpeed|Magicsee|Wechip|Nvidia SHIELD|SHIELD Android|DIGIFORS|OZONE ?HD|Sagemcom"
    r"|Omnicast|YUNDOO|KANT-|VMP-\d{3}|NEXON|YNDX-0\d{4}|A95X|A5X|GT1|X96|H96"
    r"|T95|[XHT]9[2568][A-Z]?\b|TX[2-9]\w?\b|HK1\b|KM\d(?:PRO|Plus)?\b|KI+ PRO|M8S|TOX\d|Perfeo"
    r"|NV\d{3}W|CT-8\d{3}|CVTE_"
    # chips of set-top boxes
    r"|(?:amlogic|rk3\d{3}|S9\d\d\w*)\b)",
    re.IGNORECASE,
)

# Android TV's own branch has a T in second place ("PTT1.190222.001"), a bare code name is the
# unversioned build of a box, and the others are the snapshots that makers of boards stay on.
TELEVISION_BUILD = re.compile(
    r"Build/(?:[N-Z]T[A-Z0-9]{1,2}\.\d{6}\.|PPR2\.180905|TP1A\.220905\.004|NHG47[KL]"
    r"|QP1A\.191105\.004|SP1A\.211105\.004|TQ3C\.230805|(?:[N-Z][A-Z])(?=[;)]))"
)

# What makers of phones call their tablets.
TABLET_OF_A_PHONE_MAKER = re.compile(
    r"[Tt]ablet|(?<!Phone)(?:^|[\W_\d])(?:Tab|TAB|Pad|PAD)(?:$|[\W_\d])"
    r"|^(?:AGR|AGS|BAH|BG2|BRT|BTV|BZT|CMR|DBY|GEM|JDN|KOB|KRJ|MON|MRX"
    r"|SCM|SHT|WGRR)\d?-|^[A-Z][A-Za-z]{2}\d?-W\d\d\b"
    r"|^Infinix X1\d{3}|^HTC A10\d|^\d{5}RP\w{3}$"
)

TABLET = re.compile(
    # what it is
    r"(?:^|[\W_\d])(?:MID|TPC|Slate|Kids)(?:$|[\W_\d])"
    r"|\w(?:Tab|TAB|Pad|pad|PAD|Book)(?:$|[\W_\d])|(?:^|\W)(?:[CVNDEZQ]TAB|TAB|Tab|PAD)[-_]?\w*\d"
    r"|\b(?:7|8|9|10|11|12)(?:\.\d)? ?(?:inch|\"|'')|3G(?:$|[\W_])"
    # series
    r"|MatePad|MediaPad|iPlay_?\d|Nexus (?:7|9|10)\b|Pixel C\b|Surface Duo|Kindle|^KF[A-Z]{3,}"
    r"|^SM-[TPX]\d|^GT-(?:N[58]|P\d)\d{2,3}\b|\bTB\d?-?[A-Z0-9]?\d{3}|^LG-V\d|^Nokia T\d"
    r"|^TECNO D?P\d"
    r"|^OPD\d{4}|^PM[TP]\d|^M-MP[A-Z0-9]|^BQ-[178]\d{3}|^TZ\d{2,3}"
    r"|^9[02]\d\d[A-Z]|^[A-Z]{1,2}\d{2,3}\w*[-_](?:ROW|EEA)"
    r"|^MC_[A-Z]|^MFC\d|^ALFA_?\d|^TEO[X\d]|^AP-[17]\d|^RC[T\d]\d{3}|^Readboy|^MITO T\d"
    r"|^AN\d+B?G\d|^Hope\d|^TDT\d|^Nomi_C|^B1-7\d|^MOMO\d|^BN[TR]V|N(?:OOK|ook)|^RMD[-_]\d"
    r"|^Ginzzu GT-|^SUPRA M|^CCIT ?A\d|^Quartz|^Andromeda"
    r"|^[MPT]\d0(?:HD|S|T|Pro|Plus|Air|Mini|Ultra|Ai)?(?:_|$)"
    # the size in the number: "TM-7055", "MT0729D", "TS8287PL"
    r"|^(?!BV|BL|KB|PSP|AX|S[HMCO]-)[A-Z]{1,4}[-_ ]?(?:07\d\d|7[0-2]\d\d|10[01]\d)\w{0,4}$"
    r"|\b[CHPST][ST][178]\d{3}[MPR][LGW]\b"
)

PHONE = re.compile(
    r"^SM-[A-OQRSU-W]\d|^S[CG]H-|^SC[GLV]?\d|^GT-(?:[IS]|N7)|^LG-[A-UW-Z]"
    r"|^TECNO (?!D?P\d)|^Infinix"
    r"|^Redmi|^POCO|^M[Ii] |^vivo|^OPPO|^CPH\d|^RMX\d|^[Mm]oto|^XT\d|^Pixel \d|^ZTE B|^HTC|^ONEPLUS"
    r"|^itel|[Pp]hone\b|^V[12]\d{3}[A-Z]{0,2}\b|^P[A-Z]{3}\d{2}$|^[A-Z]{3}-(?:[AT]L|LX|TN|AN)\d"
    r"|^Xperia [^T]"
    r"|^Sony(?:Ericsson)?[A-Z]|^Runbo|^STV100|\b[A-Z]{2}[456]\d{3}[MPR][LG]\b"
)

COMPUTER = re.compile(
    r"Chromebook|Chromebox|Pixelbook|Inspiron|Aspire|TravelMate|Latitude|EliteBook|ProBook|"
    r"Pavilion|Compaq|IdeaPad|ThinkPad(?!Tablet)|LIFEBOOK|ThinkCentre|Notebook"
    r"|NETBOOK|Swift SF|VivoBook|ZenBook|WayDroid|"
    r"Remix Mini|\bNUC\d|Standard PC|VirtualBox|OptiPlex|Satellite|Laptop|2in1\b",
    re.IGNORECASE,
)

WATCH = re.compile(r"Moto 360|G Watch|\bGear |Galaxy Watch|\bSM-[RL]\d|Wear\b|[Ww]atch\b|TicWatch")
HEADSET = re.compile(r"^Quest(?: Pro| \d\w?)?$|Oculus|\bPico\b|\bPICO\b|\bVIVE\b")
CAR = re.compile(r"\bCAR\b|CarPad|DiLink|BYD AUTO|\baudi_|Landrover-?V?\d? ?Car|Automotive|AAOS")
CONSOLE = re.compile(
    r"Retroid|GPD XD|AYN |Odin2|SHIELD Portable|OUYA|Archos GamePad", re.IGNORECASE
)


def model_of(text: str) -> str:
    """The model in an Android agent, without its build; empty when it names none."""
    match = _MODEL.search(text)
    return match[1].partition(" Build")[0].strip() if match else ""


def kind_of_model(model: str) -> DeviceKind | None:
    for pattern, kind in _BY_MODEL:
        if pattern.search(model):
            return kind
    return None


_BY_MODEL: tuple[tuple[re.Pattern[str], DeviceKind], ...] = (
    (WATCH, DeviceKind.WEARABLE),
    (HEADSET, DeviceKind.HEADSET),
    (CAR, DeviceKind.CAR),
    (CONSOLE, DeviceKind.CONSOLE),
    (COMPUTER, DeviceKind.DESKTOP),
    (TABLET_OF_A_PHONE_MAKER, DeviceKind.TABLET),
    (PHONE, DeviceKind.PHONE),
    (TABLET, DeviceKind.TABLET),
    (TELEVISION, DeviceKind.TV),
    (_BY_DIAGONAL, DeviceKind.TV),
)
