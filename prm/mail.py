"""Mail, through the outbox like everything that leaves the house: written with what it tells of, sent by the relay.

Every mail is plain text in its reader's language, and the same text as HTML in the frame of ``mail/frame.html``: one
text, two forms, so that they never differ. ``send_written`` renders a template ``mail/<name>.txt`` whose first line is
the subject; ``send_later`` takes a text that the caller has written in the language that is active.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from prm import outbox
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from prm.models import OutboxMessage

TOPIC = "mail"


def language_of(chosen: str) -> str:
    """Return the language in which somebody is written to: the one that they chose, else the program's."""
    return chosen or settings.LANGUAGE_CODE


def send_written(name: str, *, to: str, language: str, values: Mapping[str, Any], now: datetime, key: str = "") -> None:
    """Write the mail of ``mail/<name>.txt`` to one reader, in the reader's language (``""``: the program's)."""
    with translation.override(language_of(language)):
        told = {"program": Program.current(), "site": settings.SITE_URL, **values}
        subject, _line, text = render_to_string(f"mail/{name}.txt", told).lstrip().partition("\n")
        send_later(to=[to], subject=subject, text=text.strip() + "\n", now=now, key=key)


def send_later(*, to: Iterable[str], subject: str, text: str, now: datetime, key: str = "") -> None:
    """Write one mail for each address; nobody sees who else was told. ``key`` keeps those about one object in order.

    The text is in the language that is active; its HTML is framed in the same one.
    """
    language = translation.get_language() or settings.LANGUAGE_CODE
    for address in sorted(set(filter(None, to))):
        payload = {"to": address, "subject": " ".join(subject.split()), "text": text}
        if language != settings.LANGUAGE_CODE:
            payload["language"] = language
        outbox.publish(topic=TOPIC, key=f"{key}>{address}" if key else "", payload=payload, now=now)


def deliver(message: OutboxMessage) -> None:
    """Hand a mail to the mail server; its id lets a mailbox tell one that came twice."""
    payload = message.payload
    mail = EmailMultiAlternatives(
        subject=payload["subject"],
        body=payload["text"],
        to=[payload["to"]],
        headers={"Message-ID": f"<{message.public_id}@outbox.invalid>"},
    )
    mail.attach_alternative(html_of(payload), "text/html")
    mail.send()


def html_of(payload: Mapping[str, str]) -> str:
    """Return a mail's text as HTML: paragraphs, links that can be clicked, the direction of its language."""
    with translation.override(language_of(payload.get("language", ""))):
        values = {"subject": payload["subject"], "text": payload["text"], "program": Program.current()}
        return render_to_string("mail/frame.html", values)
