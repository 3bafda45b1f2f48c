"""Single sign-on: a mail domain's own OpenID Connect provider vouches for its people."""

from partners.signin.adapter import SingleSignOnAdapter

__all__ = ["SingleSignOnAdapter"]
