"""The outbox: at least once, in order per key, never for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from prm import outbox
from prm.models import OutboxMessage

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Receiver:
    """Somebody outside who can be down."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.down_for: set[str] = set()

    def __call__(self, message: OutboxMessage) -> None:
        if message.payload["text"] in self.down_for:
            raise ConnectionError("receiver is down")
        self.heard.append(message.payload["text"])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    heard = Receiver()
    outbox.subscribe("test.said", heard)
    yield heard
    outbox._HANDLERS.pop("test.said")


def say(text: str, key: str = "") -> OutboxMessage:
    return outbox.publish(topic="test.said", payload={"text": text}, now=NOW, key=key)


def test_messages_go_out_once_in_order(receiver: Receiver) -> None:
    for text in ("one", "two", "three"):
        say(text, key="deal:1")
    assert outbox.relay(now=NOW) == 3
    assert outbox.relay(now=NOW) == 0
    assert receiver.heard == ["one", "two", "three"]


def test_a_failing_message_holds_back_its_own_key_only(receiver: Receiver) -> None:
    receiver.down_for = {"bad"}
    bad = say("bad", key="deal:1")
    say("after bad", key="deal:1")
    say("other", key="deal:2")
    assert outbox.relay(now=NOW) == 1
    assert receiver.heard == ["other"]
    bad.refresh_from_db()
    assert (bad.attempts, bad.available_at, bad.last_error) == (
        1,
        NOW + timedelta(seconds=30),
        "ConnectionError: receiver is down",
    )
    receiver.down_for = set()
    assert outbox.relay(now=NOW + timedelta(seconds=29)) == 0
    assert outbox.relay(now=NOW + timedelta(seconds=30)) == 2
    assert receiver.heard == ["other", "bad", "after bad"]


def test_pauses_double_and_a_hopeless_message_is_given_up(receiver: Receiver) -> None:
    receiver.down_for = {"bad"}
    bad = say("bad", key="deal:1")
    at, pauses = NOW, []
    while True:
        outbox.relay(now=at)
        bad.refresh_from_db()
        if bad.failed_at is not None:
            break
        pauses.append((bad.available_at - at).total_seconds())
        at = bad.available_at
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 30720]
    assert bad.attempts == 12
    say("after bad", key="deal:1")
    assert outbox.relay(now=at) == 1


def test_a_topic_without_a_receiver_counts_as_delivered() -> None:
    message = outbox.publish(topic="nobody.listens", payload={}, now=NOW)
    assert outbox.relay(now=NOW) == 1
    message.refresh_from_db()
    assert message.sent_at == NOW


def test_only_what_was_delivered_long_ago_is_purged(receiver: Receiver) -> None:
    say("old")
    outbox.relay(now=NOW)
    say("waiting")
    assert outbox.purge(now=NOW + timedelta(days=90)) == 0
    assert outbox.purge(now=NOW + timedelta(days=90, seconds=1)) == 1
    assert OutboxMessage.objects.get().payload == {"text": "waiting"}
