"""Encryption at rest of the few texts that nobody may read from a copied database: account and tax numbers.

Keys are derived from ``SECRET_KEY`` by HKDF, one a purpose, so that a sign-in token and an account number never share
a key. A changed ``SECRET_KEY`` keeps reading what an earlier one wrote while that stands in
``SECRET_KEY_FALLBACKS``. ``bound_to`` ties a text to its row: a ciphertext copied to another row does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from prm.errors import DomainError

_BETWEEN = "\x1f"


class SealedError(DomainError):
    """The text cannot be opened: its key is gone, or somebody has put it where it does not belong."""

    def __init__(self) -> None:
        super().__init__("sealed", _("A stored number cannot be read with this installation's SECRET_KEY."))


def seal(text: str, *, purpose: str, bound_to: str) -> str:
    """Return ``text`` encrypted for one purpose and one owner."""
    return _cipher(purpose, _secrets()).encrypt(f"{bound_to}{_BETWEEN}{text}".encode()).decode()


def unseal(sealed: str, *, purpose: str, bound_to: str) -> str:
    """Return what was sealed; raises ``SealedError`` for another owner, another purpose, or a key that is gone."""
    try:
        owner, _between, text = _cipher(purpose, _secrets()).decrypt(sealed.encode()).decode().partition(_BETWEEN)
    except InvalidToken:
        raise SealedError from None
    if owner != bound_to:
        raise SealedError
    return text


def fingerprint(text: str, *, purpose: str) -> str:
    """Return a keyed digest: equal texts are found without being read, and nobody guesses them from a copy."""
    return hmac.new(_key(f"{purpose} fingerprint", _secrets()[0]), text.encode(), hashlib.sha256).hexdigest()


def _secrets() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=32)
def _cipher(purpose: str, secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_key(purpose, secret))) for secret in secrets])


@lru_cache(maxsize=64)
def _key(purpose: str, secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"prm vault: {purpose}".encode()).derive(secret.encode())
