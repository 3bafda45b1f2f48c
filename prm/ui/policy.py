"""The Content Security Policies: strict for people's pages, looser ones of their own for /admin/ and the API's page."""

from typing import Final

Directives = dict[str, list[str]]

STRICT: Final[Directives] = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
}

# Unfold's Alpine evaluates expressions and both it and Django's admin write style attributes.
ADMIN: Final[Directives] = {
    **STRICT,
    "script-src": ["'self'", "'unsafe-inline'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}

# Swagger UI writes style attributes; its scripts are files of this server.
API_PAGE: Final[Directives] = {
    **STRICT,
    "style-src": ["'self'", "'unsafe-inline'"],
}

LOOSER: Final[dict[str, Directives]] = {"/admin/": ADMIN, "/api/v1/docs/": API_PAGE}


def directives_for(path: str) -> Directives:
    """Return the policy of an address."""
    return next((policy for prefix, policy in LOOSER.items() if path.startswith(prefix)), STRICT)
