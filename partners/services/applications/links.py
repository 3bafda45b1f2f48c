"""The link in an applicant's mails: opens the one application, without an account, for as long as it exists."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.models import Application
from prm.errors import DomainError

PURPOSE = "partners.application-link"
"""Signed with every link: one that was made for anything else opens nothing here."""


class LinkError(DomainError):
    """Not one of ours, or its application is gone: one sentence for both, so that nobody learns which."""

    def __init__(self) -> None:
        super().__init__("link_unknown", _("This link opens no application. Use the link in the newest mail about it."))


def link_for(application: Application) -> str:
    """Return the address at which the applicant confirms, reads how it stands and answers."""
    token = signing.Signer(salt=PURPOSE).sign_object([str(application.public_id)])
    return f"{settings.SITE_URL}{reverse('partners_apply:mine', args=[token])}"


def open_link(token: str) -> Application:
    """Return the application of a link; changes nothing. Raises ``LinkError``."""
    try:
        [public_id] = signing.Signer(salt=PURPOSE).unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError):
        raise LinkError from None
    found = Application.objects.filter(public_id=public_id).first()
    if found is None:
        raise LinkError
    return found
