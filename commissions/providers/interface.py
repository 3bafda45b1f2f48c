"""What every provider of payouts is asked, and what it answers.

``services/payouts.py`` calls a provider *between* transactions: the attempt is committed before, each outcome after, so
that a crash at any line leaves a payout either untouched or marked as attempted. One that was attempted is looked up
before it is sent again, and is sent again under the same key. So a provider promises one thing: **a key is paid at most
once, however often it is submitted.**

A provider of files (a bank file, a CSV) does not move money itself: it answers ``ACCEPTED`` for each order when the
file is stored under the batch, ``lookup`` answers None, and submitting the same orders again gives the same file with
the same end-to-end ids (``Order.end_to_end_id``), which the bank refuses to pay twice. Whether they were paid comes
with the bank's result, through ``services.payouts.record_result``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One payment to be made: ``amount`` (net, > 0, in units of ``currency``) to the account of ``method_id``.

    ``key`` is the payout's for life. ``method_id`` is a ``partners.PayoutMethod``, which holds the sealed account;
    ``remittance`` is what the payee reads on its account statement.
    """

    key: UUID
    number: str
    batch: str
    partner_id: int
    currency: str
    amount: Decimal
    method_id: int
    pay_on: date
    remittance: str

    @property
    def end_to_end_id(self) -> str:
        """Return the key as banks take it: 32 characters of at most 35."""
        return self.key.hex


class OutcomeState(StrEnum):
    """What a provider says about a key."""

    ACCEPTED = "accepted"  # it will be paid, or not: another answer follows
    PAID = "paid"
    FAILED = "failed"  # it was not paid and will not be
    RETURNED = "returned"  # it was paid, and the money came back
    UNKNOWN = "unknown"  # no answer: it may have been paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A provider's answer about one key. ``reason`` is a sentence for finance where it was not paid."""

    key: UUID
    state: OutcomeState
    reference: str = ""
    reason: str = ""


class Provider(Protocol):
    """A way out for money. ``code`` is stored with each payout.

    ``is_external`` says whether a call reaches anything but our own database: such a call must never stand inside a
    transaction, and payouts that were submitted to it are looked up by the clock until their outcome is known.
    """

    code: str
    is_external: bool

    def submit(self, orders: Sequence[Order]) -> Iterator[Outcome]:
        """Order the payments and yield an answer for each, one by one as they come; an answer may come twice.

        Nothing is raised for an order: what the provider refuses is ``FAILED``, what it does not answer ``UNKNOWN``.
        """
        ...

    def lookup(self, key: UUID) -> Outcome | None:
        """Return what the provider knows of a key; None where it has never heard of it, or keeps no record to ask.

        One that does not answer is ``UNKNOWN``: then nothing is sent, since it may know the key all the same.
        """
        ...
