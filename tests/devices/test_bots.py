"""Crawlers and scripts are told from people."""

from __future__ import annotations

import pytest

from sessions_dashboard.devices import DeviceKind, describe

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"

SCRIPTS = {
    "curl (script)": "curl/8.11.0",
    "Wget (script)": "Wget/1.24.5",
    "python-requests (script)": "python-requests/2.32.3",
    "okhttp (script)": "okhttp/4.12.0",
    "Go-http-client (script)": "Go-http-client/2.0",
    "axios (script)": "axios/1.7.9",
    "Apache-HttpClient (script)": "Apache-HttpClient/4.5.14 (Java/17.0.13)",
    "Some Tool of Ours (script)": "Some Tool of Ours",
}

BOTS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; NeverSeenBefore/0.1)",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} (+https://survey.example/about)",
    f"Mozilla/5.0 (X11; Linux x86_64) {CHROME.replace('Chrome/', 'HeadlessChrome/')}",
    "OurCrawler/1.0 (Linux) +https://crawler.example/",
    "Our Service/1.0 (Linux; survey) crawling for +https://survey.example/",
    "Link Preview Service (mail: ops@preview.example)",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} SecurityObservatory/1.0",
    "DataCollector/1.0 (macOS; +https://collect.example)",
    "Uptime monitor (macOS)",
    "Headless-app",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Linkbotcheck",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7; uptime monitor) Gecko/20100101",
]

PEOPLE = [
    f"Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 30) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 6.0; VR BOT 99) {CHROME}",
    "Microsoft Office Excel/16.90.1 (Mac OS/14.6; Desktop; en-GB; AppStore; Apple/Mac14,9)",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.0; Trident/4.0)",
    "Mozilla/5.0 (compatible; Konqueror/4.5; Linux) KHTML/4.5.4 (like Gecko)",
    # These tell where to reach their makers, as robots do.
    "Mozilla/5.0 (compatible; somebody-Mobile-Gateway/0.2; +http://gateway.example/help.html)",
    "Podcasts of Ours/3.1 (Darwin) +https://podcasts.example/",
    "CitrixReceiver WTOS/1.0",
    # A version after an @ is no address.
    f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} (Ecosia android@131.0.0.0)",
    "Podcasts of Ours/3.1 (Android 14; player) https://podcasts.example/",
    "Radio of Ours 2",
    # A phone of that name, an app over a library, a browser of old.
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows Phone OS 7.5; Trident/5.0; IEMobile/9.0; "
    "ACME; Radar 99)",
    "News of Ours/2.1 (example.news; build:7; Android 13; Model: ACME 5) OkHttp/4.9.1",
    "Lynx/2.9.9 libwww-FM/2.14 SSL-MM/1.4.1",
    "Dalvik/2.1.0 (Linux; U; Android 4.4.4 Compatible; ACME T2 Build/KTU84P)",
    # A crawler of the list is called NYU, another 008.
    "TIANYU-OURS/A1/Screen-240X320",
    "ACME TS1008/1.0 Release/07.12.2013 Mozilla/5.0 (Linux; U; Android 4.0.3; zh-cn)",
    # What a toolkit and a company left in their agents.
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1; Embedded Web Browser from: "
    "http://toolkit.example/; .NET CLR 2.0.50727)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; Abboto Inc.; rv:11.0) like Gecko",
    # A television's box says how it is connected.
    "QtWebKit/5.3; (;ACME;7563;1.1.0;Box;Wired)",
    "SoundOfOurs/1.10",
    "Podcasts of Ours/1.3 b95 (phone;android 13) https://podcasts.example/",
    "Mozilla/5.0 (PlayBook; U; RIM Tablet OS 2.1.0; en-US) AppleWebKit/536.2+",
]


@pytest.mark.parametrize(("label", "agent"), SCRIPTS.items(), ids=SCRIPTS)
def test_a_script_is_named_as_one_and_is_no_bot(label: str, agent: str) -> None:
    device = describe(agent)
    assert (device.label, device.kind, device.bot) == (label, DeviceKind.SCRIPT, False)


@pytest.mark.parametrize("agent", BOTS)
def test_a_robot_is_found(agent: str) -> None:
    device = describe(agent)
    assert device.bot
    assert device.kind is DeviceKind.BOT


@pytest.mark.parametrize("agent", PEOPLE)
def test_a_person_is_not_taken_for_a_robot(agent: str) -> None:
    device = describe(agent)
    assert not device.bot
    assert device.kind not in (DeviceKind.BOT, DeviceKind.SCRIPT)


def test_a_robots_name_is_in_its_label() -> None:
    assert describe(BOTS[0]).label == "Googlebot (bot)"
    assert describe(BOTS[1]).label == "NeverSeenBefore (bot)"
