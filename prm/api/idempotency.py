"""``Idempotency-Key``: a POST that is sent again is carried out once and answered the same.

The key is claimed in a short transaction of its own, and the answer is stored in the transaction of the
business, so either both are there or neither. A refusal (4xx) is stored too; a 5xx is not, and the claim is
given back.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from prm.api import errors
from prm.api.errors import Refusal
from prm.models import IdempotencyKey

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = timedelta(hours=24)
LEASE = timedelta(minutes=2)
"""After so long a claim without an answer is taken for dead: longer than any request may last."""

LONGEST_KEY = 255
LONGEST_PATH = 500
STORED_HEADERS = ("ETag", "Location")


class _ClaimLostError(Exception):
    """Somebody took the claim over while we worked; our work is rolled back."""


def run(
    *,
    client: str,
    method: str,
    path: str,
    key: str,
    body: bytes,
    now: datetime,
    act: Callable[[], Response],
    on_error: Callable[[Exception], Response],
) -> Response:
    """Carry ``act`` out once for this key, or answer as the first time.

    Raises ``Refusal``: 400 for an unusable key, 409 with ``Retry-After`` while the first is in flight,
    422 where the key was used with another body.
    """
    if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable() or len(path) > LONGEST_PATH:
        raise Refusal(
            HTTPStatus.BAD_REQUEST,
            "invalid_idempotency_key",
            _("An Idempotency-Key has 1 to 255 printable characters."),
        )
    digest = hashlib.sha256(body).hexdigest()
    scope = {"client": client, "method": method, "path": path, "key": key}
    claim = uuid.uuid4()
    if not _claim(scope, digest, claim, now):
        return _answer_of_the_first(scope, digest)
    try:
        return _carry_out(scope, claim, act)
    except _ClaimLostError:
        raise _in_flight() from None
    except Exception as error:  # noqa: BLE001 - every error becomes an answer, as everywhere in the API
        answer = on_error(error)
        _settle(scope, claim, answer)
        return answer


def _claim(scope: dict[str, str], digest: str, claim: uuid.UUID, now: datetime) -> bool:
    """Take the key: nobody has it, its answer is past its time, or its holder is past the lease."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO prm_idempotencykey AS k
                (client, method, path, key, body_hash, claim, claimed_at, headers)
            VALUES (%(client)s, %(method)s, %(path)s, %(key)s, %(digest)s, %(claim)s, %(now)s, '{}')
            ON CONFLICT (client, method, path, key) DO UPDATE
                SET body_hash = excluded.body_hash, claim = excluded.claim, headers = '{}',
                    claimed_at = excluded.claimed_at, status = NULL, body = NULL
                WHERE k.claimed_at <= %(kept)s
                    OR (k.status IS NULL AND k.claimed_at <= %(lease)s AND k.body_hash = excluded.body_hash)
            """,
            {
                **scope,
                "digest": digest,
                "claim": claim,
                "now": now,
                "kept": now - KEPT,
                "lease": now - LEASE,
            },
        )
        return bool(cursor.rowcount == 1)


def _answer_of_the_first(scope: dict[str, str], digest: str) -> Response:
    row = IdempotencyKey.objects.filter(**scope).first()
    if row is None:  # given back by a 5xx between our two statements
        raise _in_flight()
    if row.body_hash != digest:
        raise Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            _("This Idempotency-Key was used with another body."),
        )
    if row.status is None:
        raise _in_flight()
    failed = row.status >= HTTPStatus.BAD_REQUEST
    return Response(
        row.body,
        status=row.status,
        headers={**row.headers, REPLAYED: "true"},
        content_type=errors.CONTENT_TYPE if failed else None,
    )


def _in_flight() -> Refusal:
    return Refusal(
        HTTPStatus.CONFLICT,
        "request_in_flight",
        _("A request with this Idempotency-Key is being carried out."),
        headers={"Retry-After": "1"},
    )


def _carry_out(scope: dict[str, str], claim: uuid.UUID, act: Callable[[], Response]) -> Response:
    with transaction.atomic():
        answer = act()
        _store(scope, claim, answer)
    return answer


def _settle(scope: dict[str, str], claim: uuid.UUID, answer: Response) -> None:
    """After an error: keep a refusal, give the key back where the fault is ours."""
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        IdempotencyKey.objects.filter(**scope, claim=claim).delete()
    else:
        _write(scope, claim, answer)


def _store(scope: dict[str, str], claim: uuid.UUID, answer: Response) -> None:
    if not _write(scope, claim, answer):
        raise _ClaimLostError


def _write(scope: dict[str, str], claim: uuid.UUID, answer: Response) -> bool:
    """Store the answer under our claim; false where the claim is no longer ours."""
    body: Any = json.loads(json.dumps(answer.data, cls=JSONEncoder))
    headers = {name: answer.headers[name] for name in STORED_HEADERS if name in answer.headers}
    stored = IdempotencyKey.objects.filter(**scope, claim=claim, status__isnull=True).update(
        status=answer.status_code, body=body, headers=headers
    )
    return stored == 1


def forget(*, now: datetime) -> int:
    """Delete answers that are past their time and return how many."""
    deleted, _by_model = IdempotencyKey.objects.filter(claimed_at__lte=now - KEPT).delete()
    return deleted
