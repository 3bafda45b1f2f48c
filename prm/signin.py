"""Who may sign in: people whom the program or their own company has made, nobody else."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import Http404, HttpRequest, HttpResponse


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth without sign-up: partners apply, and approval makes their people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Return False always."""
        return False


def closed(request: HttpRequest) -> HttpResponse:
    """Answer 404 where allauth lets people add addresses: who somebody is, the program says, not they."""
    raise Http404(request.path)
