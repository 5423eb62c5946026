"""An address is a place, softly, without asking anyone over the network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import maxminddb
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from sessions_dashboard.devices import Place, Places
from sessions_dashboard.words import devices as words
from sessions_dashboard.words.places import CREDITS

# 81.0.0.0/24 and 2a01::/32 stand for any public networks.
BERLIN = {
    "city": {"names": {"de": "Berlin", "en": "Berlin"}},
    "subdivisions": [{"iso_code": "BE", "names": {"en": "State of Berlin"}}],
    "country": {"iso_code": "DE", "names": {"en": "Germany"}},
    "traits": {"autonomous_system_organization": "Example Net GmbH"},
}
FLAT = {"city": "Lyon", "region": "Auvergne-Rhône-Alpes", "country": "FR", "as_name": "Exemple SA"}

Database = Callable[..., Path]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    def build(record: dict[str, Any], network: str, version: int = 4, kind: str = "Test") -> Path:
        writer = MMDBWriter(ip_version=version, database_type=kind)
        writer.insert_network(IPSet([network]), record)
        path = tmp_path / "places.mmdb"
        writer.to_db_file(str(path))
        return path

    return build


def said(place: Place) -> str:
    return words.place(place.city, place.country, place.scope)


def test_a_nested_record_is_read(database: Database) -> None:
    place = Places(database(BERLIN, "81.0.0.0/24")).locate("81.0.0.7")
    assert place == Place(
        "Berlin", "State of Berlin", "DE", "Germany", "Example Net GmbH", "public"
    )
    assert said(place) == "near Berlin, Germany"


def test_a_flat_record_is_read(database: Database) -> None:
    place = Places(database(FLAT, "81.0.0.0/24")).locate("81.0.0.7")
    assert place == Place("Lyon", "Auvergne-Rhône-Alpes", "FR", "France", "Exemple SA", "public")


def test_a_mapped_address_is_the_same_address(database: Database) -> None:
    places = Places(database(BERLIN, "81.0.0.0/24"))
    assert places.locate("::ffff:81.0.0.7") == places.locate("81.0.0.7")
    assert said(places.locate("::ffff:127.0.0.1")) == "This computer"


def test_an_ipv4_only_file_knows_no_place_for_an_ipv6_address(database: Database) -> None:
    place = Places(database(BERLIN, "81.0.0.0/24")).locate("2a01::1")
    assert place == Place(None, None, None, None, None, "public")
    assert said(place) == ""


def test_a_file_for_ipv6_places_ipv6_addresses(database: Database) -> None:
    assert Places(database(BERLIN, "2a01::/32", version=6)).locate("2a01::1").city == "Berlin"


def test_an_address_that_the_file_lacks_has_no_place(database: Database) -> None:
    assert said(Places(database(BERLIN, "81.0.0.0/24")).locate("81.9.9.9")) == ""


def test_a_country_alone_is_the_label_when_no_city_is_known(database: Database) -> None:
    country = {"country": {"iso_code": "DE"}}
    assert said(Places(database(country, "81.0.0.0/24")).locate("81.0.0.7")) == "Germany"


def test_a_name_from_a_file_is_cleaned(database: Database) -> None:
    place = Places(database({"city": "Ly\u202eon"}, "81.0.0.0/24")).locate("81.0.0.7")
    assert said(place) == "near Lyon"


@pytest.mark.parametrize(
    ("kind", "named"),
    [("DBIP-City-Lite", "DB-IP"), ("GeoLite2-City", "MaxMind"), ("ipinfo lite", "IPinfo")],
)
def test_data_is_credited_as_its_licence_asks(database: Database, kind: str, named: str) -> None:
    source = Places(database(BERLIN, "81.0.0.0/24", kind=kind)).source
    assert source is not None
    credit, address = CREDITS[source]
    assert named in credit
    assert address.startswith("https://")


def test_without_a_file_the_registries_tell_the_country() -> None:
    places = Places(None)
    place = places.locate("8.8.8.8")
    assert (place.country_code, place.country, place.city) == ("US", "United States", None)
    assert said(place) == "United States"
    assert places.source is None


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_a_loopback_address_is_this_computer(address: str) -> None:
    assert said(Places(None).locate(address)) == "This computer"


def test_a_computer_that_is_this_computer_is_called_one_once() -> None:
    here, elsewhere = said(Places(None).locate("::1")), said(Places(None).locate("8.8.8.8"))
    assert words.kind_beside(here, "desktop") == ""
    assert words.kind_beside(here, "script") == "Script"
    assert words.kind_beside(elsewhere, "desktop") == words.kind_beside("", "desktop") == "Computer"


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "192.168.1.1", "172.20.0.1", "169.254.1.1", "100.64.0.1", "fd00::1",
                "fe80::1%eth0"],
)  # fmt: skip
def test_an_address_inside_a_network_is_private(address: str) -> None:
    assert said(Places(None).locate(address)) == "Private network"


@pytest.mark.parametrize(
    "address", ["", "nonsense", "1.2.3", "1.2.3.4.5", ":::", "\x00", "9" * 9999]
)
def test_what_is_no_address_has_no_place(address: str) -> None:
    assert Places(None).locate(address) == Place(None, None, None, None, None, "public")


def test_a_file_that_cannot_be_read_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Places(tmp_path / "missing.mmdb")
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"not a database")
    with pytest.raises(maxminddb.InvalidDatabaseError):
        Places(broken)
