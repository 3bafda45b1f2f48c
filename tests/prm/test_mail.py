"""Mails: one text in two forms, in the reader's language, through the outbox."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail as sent
from django.utils import translation

from prm import mail, outbox
from prm.models import OutboxMessage

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


def test_a_mail_goes_out_as_text_and_as_the_same_text_in_html() -> None:
    mail.send_later(to=["a@b.example"], subject="Two\nlines", text="Hello <Ann>\n\nhttps://x.example/a?b=1", now=NOW)
    outbox.relay(now=NOW)
    letter: Any
    [letter] = sent.outbox
    assert (letter.subject, letter.body) == ("Two lines", "Hello <Ann>\n\nhttps://x.example/a?b=1")
    [(html, kind)] = letter.alternatives
    assert kind == "text/html"
    assert '<html lang="en" dir="ltr">' in html
    assert "<p>Hello &lt;Ann&gt;</p>" in html
    assert '<a href="https://x.example/a?b=1"' in html


def test_the_frame_has_the_direction_of_the_readers_language() -> None:
    with translation.override("ar"):
        mail.send_later(to=["a@b.example"], subject="s", text="t", now=NOW)
    payload = OutboxMessage.objects.get().payload
    assert payload == {"to": "a@b.example", "subject": "s", "text": "t", "language": "ar"}
    assert '<html lang="ar" dir="rtl">' in mail.html_of(payload)
