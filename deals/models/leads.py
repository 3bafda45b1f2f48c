"""Leads that the vendor gives to partners: to whom each was offered, who was passed over and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deals.models.accounts import Account
from deals.models.catalogue import Family
from deals.models.registrations import Registration
from prm.models.base import PublicModel, currency_field

if TYPE_CHECKING:
    from prm.actors import Actor

FROM_FILE = "csv"
"""The source system of rows from a folder of files: their states are history, as they were told."""


class LeadStatus(models.TextChoices):
    """Where a lead stands. A partner's “no” is an answer of the offer; the lead goes on to the next."""

    NEW = "new", _("New")
    OFFERED = "offered", _("Offered")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    CONVERTED = "converted", _("Registered")
    RETURNED = "returned", _("Back with us")
    CLOSED = "closed", _("Closed")


HELD_STATUSES = ("offered", "accepted", "converted")
"""States in which a lead belongs to a partner."""


class LeadQuerySet(models.QuerySet["Lead"]):
    """Named reads of leads."""

    def visible_to(self, actor: Actor) -> LeadQuerySet:
        """Return what ``actor`` may see: a partner those that it holds; one that went on to the next is gone."""
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is not None:
            return self.filter(partner_id=scope, status__in=HELD_STATUSES)
        return self.none()


class Lead(PublicModel):
    """Somebody who may buy one product family, found by the vendor and given to a partner (deal rules, section 5).

    ``partner`` is who holds it at the moment; ``offered_at`` and ``answered_at`` are those of the last offer.
    """

    source_system = models.CharField(_("source system"), max_length=32, blank=True)
    external_id = models.CharField(_("external id"), max_length=200, null=True, blank=True)  # noqa: DJ001 - no id differs from an empty one
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="leads")
    family = models.ForeignKey(Family, on_delete=models.PROTECT, related_name="leads")
    partner = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, null=True, blank=True, related_name="leads"
    )
    status = models.CharField(_("state"), max_length=24, blank=True)
    source = models.CharField(_("where it came from"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    segment = models.CharField(_("segment"), max_length=80, blank=True)
    expected_mrr = models.DecimalField(
        _("expected monthly revenue"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    currency = currency_field(blank=True)
    contact = models.CharField(_("contact at the customer"), max_length=250, blank=True)
    note = models.TextField(_("what the customer wants"), blank=True)
    manager_email = models.EmailField(_("who answers for it"), blank=True)
    reason = models.TextField(_("why it came back or was closed"), blank=True)
    registration = models.OneToOneField(
        Registration, on_delete=models.PROTECT, null=True, blank=True, related_name="lead"
    )
    created_at = models.DateTimeField(null=True, blank=True)
    offered_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        constraints = [
            models.UniqueConstraint(name="lead_external_id_once", fields=["source_system", "external_id"]),
            models.CheckConstraint(
                name="lead_status_known", condition=Q(status__in=LeadStatus.values) | Q(source_system=FROM_FILE)
            ),
            models.CheckConstraint(
                name="lead_held_by_somebody",
                condition=~Q(status__in=HELD_STATUSES) | Q(partner__isnull=False) | Q(source_system=FROM_FILE),
            ),
            models.CheckConstraint(
                name="lead_converted_is_registered",
                condition=~Q(status="converted") | Q(registration__isnull=False) | Q(source_system=FROM_FILE),
            ),
            models.CheckConstraint(
                name="lead_expected_mrr_sane",
                condition=Q(expected_mrr__isnull=True) | Q(expected_mrr__gte=0, expected_mrr__lte=1_000_000_000_000),
            ),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], name="lead_to_offer", condition=Q(status="new")),
            models.Index(fields=["partner", "status"], name="lead_by_partner"),
            models.Index(fields=["updated_at", "id"], name="lead_by_change"),
        ]

    def __str__(self) -> str:
        return str(self.account)

    @property
    def status_word(self) -> str:
        """Return the state as people read it; a file may have brought one of its own."""
        return str(dict(LeadStatus.choices).get(self.status, self.status))


class OfferAnswer(models.TextChoices):
    """What became of an offer; empty while it waits."""

    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    LAPSED = "lapsed", _("Not answered in time")
    TAKEN_BACK = "taken_back", _("Taken back by us")


class LeadOffer(models.Model):
    """A lead in the hands of one partner, from the offer until the answer, the registration or its return.

    ``released_at`` is empty while the customer and family are reserved for the partner: from the offer on, and
    after its acceptance until the deal is registered. The database keeps one reservation per customer and family,
    one per lead, and refuses to protect somebody else meanwhile (migration of leads).
    ``standing`` says why it was this partner: what was compared when the offer was made.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="offers")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    family = models.ForeignKey(Family, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="lead_offers")
    offered_at = models.DateTimeField(_("offered"))
    due_at = models.DateTimeField(_("answer due"))
    offered_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_hand = models.BooleanField(_("chosen by a person"), default=False)
    standing = models.JSONField(default=dict, blank=True)
    answer = models.CharField(_("answer"), max_length=16, choices=OfferAnswer, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(_("reason"), blank=True)
    register_by = models.DateTimeField(_("to be registered until"), null=True, blank=True)
    released_at = models.DateTimeField(_("reserved until"), null=True, blank=True)

    class Meta:
        verbose_name = _("offer of a lead")
        constraints = [
            models.UniqueConstraint(name="lead_offered_once", fields=["lead"], condition=Q(released_at__isnull=True)),
            models.UniqueConstraint(
                name="lead_offer_reserves", fields=["account", "family"], condition=Q(released_at__isnull=True)
            ),
            models.CheckConstraint(
                name="lead_offer_answer_known", condition=Q(answer="") | Q(answer__in=OfferAnswer.values)
            ),
            models.CheckConstraint(
                name="lead_offer_answer_has_moment",
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="lead_offer_held_while_open",
                condition=Q(released_at__isnull=False) | Q(answer__in=["", OfferAnswer.ACCEPTED.value]),
            ),
            models.CheckConstraint(
                name="lead_offer_answered_before_released",
                condition=Q(released_at__isnull=True) | Q(released_at__gte=F("answered_at")),
            ),
            models.CheckConstraint(name="lead_offer_due_after", condition=Q(due_at__gt=F("offered_at"))),
        ]
        indexes = [
            models.Index(fields=["partner", "-id"], name="lead_offer_turn"),
            models.Index(fields=["due_at", "id"], name="lead_offer_due", condition=Q(answer="")),
            models.Index(
                fields=["register_by", "id"], name="lead_offer_register", condition=Q(released_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead} → {self.partner}"


class LeadSkip(models.Model):
    """A partner that was passed over for a lead, and the rule that did it; the last look counts."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="skips")
    partner = models.ForeignKey("partners.Partner", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    code = models.CharField(max_length=32)
    evidence = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("partner passed over")
        constraints = [models.UniqueConstraint(name="lead_skip_once", fields=["lead", "partner"])]

    def __str__(self) -> str:
        return f"{self.partner}: {self.code}"
