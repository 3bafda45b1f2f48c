"""Files to banks and their answers, batch by batch, as finance looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from commissions.models import PaymentAnswer, PaymentFile, Payout, PayoutBatch
from commissions.policy.reconciliation import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from django.db.models import QuerySet

    from prm.actors import Actor

PROBLEMS = {
    Problem.UNKNOWN_KEY: _("No payout has this end-to-end id."),
    Problem.OTHER_BATCH: _("This payout belongs to another batch."),
    Problem.WRONG_AMOUNT: _("The amount is not the one that was ordered."),
    Problem.WRONG_CURRENCY: _("The currency is not the one that was ordered."),
    Problem.LINES_DISAGREE: _("Two lines say different things about this payout."),
    Problem.CONTRADICTS: _("This contradicts what is recorded. Ask the bank before anything else."),
}
"""Why a line cannot be taken, as a sentence."""


@dataclass(frozen=True, slots=True)
class BatchFiles:
    """A batch with its files, the sums in each, and the answers that came."""

    batch: PayoutBatch
    files: list[tuple[PaymentFile, int, list[tuple[str, Decimal]]]]
    answers: list[PaymentAnswer]


def batches_with_files(actor: Actor) -> QuerySet[PayoutBatch]:
    """Return the batches, newest first."""
    return PayoutBatch.objects.visible_to(actor).order_by("-number")


def files_of(actor: Actor, batches: Iterable[PayoutBatch]) -> list[BatchFiles]:
    """Return what was made of batches, in three queries."""
    shown = list(batches)
    files = list(PaymentFile.objects.visible_to(actor).filter(batch__in=shown).order_by("pk"))
    sums = (
        Payout.objects.filter(file_line__file__in=files)
        .values_list("file_line__file_id", "currency")
        .annotate(count=Count("pk"), net=Sum("net"))
        .order_by("file_line__file_id", "currency")
    )
    by_file: dict[int, list[tuple[str, int, Decimal]]] = {}
    for file_id, currency, count, net in sums:
        by_file.setdefault(file_id, []).append((currency, count, net))
    answers = list(PaymentAnswer.objects.visible_to(actor).filter(batch__in=shown).order_by("-pk"))
    return [
        BatchFiles(
            batch=batch,
            files=[
                (
                    file,
                    sum(count for _currency, count, _net in by_file.get(file.pk, [])),
                    [(currency, net) for currency, _count, net in by_file.get(file.pk, [])],
                )
                for file in files
                if file.batch_id == batch.pk
            ],
            answers=[answer for answer in answers if answer.batch_id == batch.pk],
        )
        for batch in shown
    ]
