"""A mail made from its row: plain text, and the same in simple HTML."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from html import escape
from urllib.parse import urlsplit

from sessions_dashboard import navigation
from sessions_dashboard.accounts.outbox import ClaimedMail, MailKind
from sessions_dashboard.locales import (
    DEFAULT_LOCALE,
    DEFAULT_TIME_ZONE,
    Reader,
    is_right_to_left,
    known_locale,
    known_time_zone,
)
from sessions_dashboard.sessions.links import VALID_FOR, Purpose
from sessions_dashboard.settings import Settings
from sessions_dashboard.words import common
from sessions_dashboard.words import mail as words
from sessions_dashboard.words.reading import reading

# A moment in the reader's own language, in a sentence of another (see `words.reading.moment`).
ISOLATED = re.compile("\u2068([^\u2068\u2069]*)\u2069")

PAGES = {
    MailKind.RESET_PASSWORD: navigation.RESET,
    MailKind.NEW_DEVICE: navigation.NOT_ME,
    MailKind.PASSWORD_CHANGED: navigation.FORGOT,
    MailKind.API_KEY_MADE: navigation.FORGOT,
}


def compose(mail: ClaimedMail, token: str, settings: Settings, now: datetime) -> EmailMessage:
    """The mail with its link.

    Raises:
        ValueError, IndexError, email.errors.HeaderParseError: the address can't be written to.
    """
    site = settings.public_url.rstrip("/")
    # After a #, which a browser sends to no server: no log and no Referer has it.
    link = f"{site}{PAGES[mail.kind]}{f'#{token}' if token else ''}"
    reader = _reader(mail)
    with reading(reader):
        said = _words(mail, now)
    message = EmailMessage()
    message["Subject"] = said.subject
    message["From"] = Address(common.PRODUCT, addr_spec=settings.sender_address)
    message["To"] = Address(addr_spec=mail.email)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=settings.sender_address.rpartition("@")[2])
    # Nobody's "out of office" should answer (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_plain(_text(said, link, site), reader))
    message.add_alternative(_html(said, link, site, reader), subtype="html")
    return message


def _reader(mail: ClaimedMail) -> Reader:
    """The account's own, or that of whoever asked for the mail."""
    locale = mail.locale or known_locale(mail.details.get("locale"))
    time_zone = mail.time_zone or known_time_zone(mail.details.get("time_zone"))
    return Reader(locale or DEFAULT_LOCALE, time_zone or DEFAULT_TIME_ZONE)


def _plain(text: str, reader: Reader) -> str:
    """Moments stay isolated only where they run against the sentence: few mail programs know the
    marks in plain text."""
    return text if is_right_to_left(reader.locale) else ISOLATED.sub(r"\1", text)


def _words(mail: ClaimedMail, now: datetime) -> words.Words:
    facts = words.facts(mail.details)
    match mail.kind:
        case MailKind.RESET_PASSWORD:
            until = now + VALID_FOR[Purpose.RESET_PASSWORD]
            return words.reset_password(mail.email, facts, until)
        case MailKind.PASSWORD_CHANGED:
            return words.password_changed(mail.email, facts)
        case MailKind.API_KEY_MADE:
            return words.api_key_made(mail.email, facts)
        case MailKind.NEW_DEVICE:
            until = now + VALID_FOR[Purpose.NOT_ME]
            device = mail.details.get("device") or words.SOME_DEVICE
            return words.new_device(mail.email, device, facts, until)


def _text(said: words.Words, link: str, site: str) -> str:
    facts = "\n".join(f"{name}: {value}" for name, value in said.facts)
    paragraphs = (
        words.GREETING,
        said.opening,
        facts,
        f"{said.before_link}\n{said.link}: {link}",
        said.after_link,
        said.closing,
        words.signature(urlsplit(site).netloc),
    )
    return "\n\n".join(part for part in paragraphs if part) + "\n"


def _html(said: words.Words, link: str, site: str, reader: Reader) -> str:
    facts = "".join(
        f"<tr><th align='left' style='padding-right:16px'>{escape(name)}</th>"
        f"<td>{escape(value)}</td></tr>"
        for name, value in said.facts
    )
    html = (
        "<!doctype html><html lang='en'><body style='font-family:sans-serif;line-height:1.5'>"
        f"<p>{escape(words.GREETING)}</p><p>{escape(said.opening)}</p>"
        f"<table>{facts}</table>"
        f"<p>{escape(said.before_link)}</p>"
        f"<p><a href='{escape(link)}'>{escape(said.link)}</a></p>"
        f"<p>{escape(said.after_link)}</p><p>{escape(said.closing)}</p>"
        f"<p>{escape(words.signature(urlsplit(site).netloc))}</p></body></html>"
    )
    return ISOLATED.sub(rf"<bdi lang='{escape(reader.locale)}'>\1</bdi>", html)
