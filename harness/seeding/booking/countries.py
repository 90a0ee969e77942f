"""Where seeded tenants are: language, Faker's locale, currency, zones, and what a euro buys.

Zones with daylight-saving time of both hemispheres, without any, and with half an hour. Rates are rough and fixed:
prices only have to look like prices.
"""

from dataclasses import dataclass

from harness.units import exponent


@dataclass(frozen=True, slots=True)
class Country:
    """`per_euro`: units of the currency; `round_to`: prices are multiples of so many units."""

    code: str
    language: str
    locale: str
    currency: str
    per_euro: float
    round_to: float
    zones: tuple[str, ...]
    cities: tuple[str, ...]

    def price_minor(self, euros: float) -> int:
        """Return a price in minor units of this country's currency."""
        units = max(1, round(euros * self.per_euro / self.round_to)) * self.round_to
        scale: int = 10 ** exponent(self.currency)
        return round(units * scale)


COUNTRIES = (
    Country("CL", "es", "es_CL", "CLP", 1000, 1000, ("America/Santiago",), ("Santiago", "Valparaíso", "Concepción")),
    Country(
        "ES", "es", "es_ES", "EUR", 1, 1, ("Europe/Madrid", "Atlantic/Canary"), ("Madrid", "Sevilla", "Las Palmas")
    ),
    Country("MX", "es", "es_MX", "MXN", 20, 10, ("America/Mexico_City", "America/Tijuana"), ("Puebla", "Tijuana")),
    Country("CO", "es", "es_CO", "USD", 1, 1, ("America/Bogota",), ("Bogotá", "Medellín")),
    Country("GB", "en", "en_GB", "GBP", 0.85, 1, ("Europe/London",), ("Leeds", "Bristol", "Cardiff")),
    Country("US", "en", "en_US", "USD", 1.1, 1, ("America/New_York", "America/Los_Angeles"), ("Boston", "Portland")),
    Country("AU", "en", "en_AU", "AUD", 1.6, 1, ("Australia/Sydney", "Australia/Adelaide"), ("Sydney", "Adelaide")),
    Country("IN", "en", "en_IN", "INR", 90, 10, ("Asia/Kolkata",), ("Pune", "Chennai")),
)
BY_CODE = {country.code: country for country in COUNTRIES}
