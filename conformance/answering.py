"""Whether HTTP is spoken at an address yet."""

import httpx

ANSWERS_WITHIN_S = 5.0


def answers(url: str) -> bool:
    """Tell whether HTTP is spoken there; any answer will do."""
    try:
        httpx.get(f"{url}/", timeout=ANSWERS_WITHIN_S, trust_env=False)
    except httpx.HTTPError:
        return False
    return True
