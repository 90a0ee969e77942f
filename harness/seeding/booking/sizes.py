"""How large a seeded tenant is: small, medium, large, or so many bookings a day."""

from dataclasses import dataclass

from harness.errors import SettingInvalid

# A provider of a seeded tenant takes so many a day before there is a next one.
_A_PROVIDER = 8
PROVIDERS_MAX, BOOKINGS_A_DAY_MAX = 60, 400


@dataclass(frozen=True, slots=True)
class Size:
    """`bookings_a_day` of all providers on a working day; the plan is one that allows as many."""

    name: str
    bookings_a_day: float
    providers: int
    services: int
    plan: str


SIZES = {
    "small": Size("small", 2, 1, 3, "BASIC"),
    "medium": Size("medium", 10, 3, 4, "PRO"),
    "large": Size("large", 40, 8, 7, "PRO"),
}


def size_named(text: str) -> Size:
    """Return a size by its name, or one with so many bookings a day; raises SettingInvalid."""
    if text in SIZES:
        return SIZES[text]
    try:
        wanted = float(text)
    except ValueError:
        wanted = -1.0
    if not 0 <= wanted <= BOOKINGS_A_DAY_MAX:
        raise SettingInvalid(
            f"--size is {text!r}, expected {', '.join(SIZES)} or bookings a day from 0 to {BOOKINGS_A_DAY_MAX}"
        )
    providers = min(PROVIDERS_MAX, max(1, round(wanted / _A_PROVIDER + 0.49)))
    return Size(text, wanted, providers, min(7, 2 + providers), "BASIC" if wanted <= 2 else "PRO")
