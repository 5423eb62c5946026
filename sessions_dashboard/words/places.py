"""Whose data the places are from: what its licence asks to say, and where that leads to."""

from sessions_dashboard.devices import Source

CREDITS = {
    Source.DB_IP: ("IP geolocation by DB-IP", "https://db-ip.com"),
    Source.MAXMIND: (
        "This product includes GeoLite Data created by MaxMind",
        "https://www.maxmind.com",
    ),
    Source.IPINFO: ("IP address data is powered by IPinfo", "https://ipinfo.io"),
}
