"""Which account an access key belongs to, by the key alone.

A key of twelve digits is an account's number. Keys that STS gives to functions hold it: eight characters of base32
after the first four, and the highest bit of the next one, less an offset (source: how AWS's own keys are known to be
built, and LocalStack 4.14's that begin with LSIA and LKIA: verified). LocalStack takes every other key for its default
account, also AWS's own kind, so that a real key that strays here means nothing.
"""

import base64

ACCOUNT_DEFAULT = "000000000000"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_OFFSET = int.from_bytes(base64.b32decode(b"QAAAAAAA"))
_PREFIXES = ("LSIA", "LKIA")
_KEY_CHARS_MIN = 20


def account_of(access_key: str) -> str:
    """Return the account's twelve digits."""
    if len(access_key) == len(ACCOUNT_DEFAULT) and access_key.isascii() and access_key.isdigit():
        return access_key
    if len(access_key) >= _KEY_CHARS_MIN and access_key.startswith(_PREFIXES):
        return _account_in(access_key)
    return ACCOUNT_DEFAULT


def _account_in(access_key: str) -> str:
    try:
        half = int.from_bytes(base64.b32decode(access_key[4:12])) - _OFFSET
    except ValueError:  # no base32, or not even ASCII
        return ACCOUNT_DEFAULT
    last = _ALPHABET.find(access_key[12])
    number = 2 * half + (last >= len(_ALPHABET) // 2)
    return f"{number:012}" if last >= 0 and 0 <= number < 10**12 else ACCOUNT_DEFAULT
