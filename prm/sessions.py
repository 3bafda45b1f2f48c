"""Ends a person's sessions: on every device, at once, whatever they were begun with."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F

from prm.models import User


def end_sessions(*, user_id: int) -> None:
    """End all sessions of a person; ``session_epoch`` ends also those of which no list knows."""
    with transaction.atomic():
        User.objects.filter(pk=user_id).update(session_epoch=F("session_epoch") + 1)
        known = UserSession.objects.filter(user_id=user_id)
        Session.objects.filter(session_key__in=known.values("session_key")).delete()
        known.delete()
