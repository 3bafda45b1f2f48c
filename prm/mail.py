"""Mail, through the outbox like everything that leaves the house: written with what it tells of, sent by the relay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.mail import EmailMessage

from prm import outbox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from prm.models import OutboxMessage

TOPIC = "mail"


def send_later(*, to: Iterable[str], subject: str, text: str, now: datetime, key: str = "") -> None:
    """Write one mail for each address; nobody sees who else was told. ``key`` keeps those about one object in order."""
    for address in sorted(set(filter(None, to))):
        payload = {"to": address, "subject": " ".join(subject.split()), "text": text}
        outbox.publish(topic=TOPIC, key=f"{key}>{address}" if key else "", payload=payload, now=now)


def deliver(message: OutboxMessage) -> None:
    """Hand a mail to the mail server; its id lets a mailbox tell one that came twice."""
    EmailMessage(
        subject=message.payload["subject"],
        body=message.payload["text"],
        to=[message.payload["to"]],
        headers={"Message-ID": f"<{message.public_id}@outbox.invalid>"},
    ).send()
