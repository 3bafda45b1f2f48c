"""Deal registrations, their history and findings, availability checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from deals.models.accounts import Account
from deals.models.catalogue import Family
from prm.models.base import NextValue, PublicModel, currency_field

if TYPE_CHECKING:
    from prm.actors import Actor


class RegistrationStatus(models.TextChoices):
    """The states of the deal rules, section 1."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("In review")
    RETURNED = "returned", _("More information requested")
    WAITING = "waiting", _("Waiting in line")
    APPROVED = "approved", _("Protected")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")
    SUPERSEDED = "superseded", _("Superseded")


class Origin(models.TextChoices):
    """Where a registration came from; it decides which role the credit gets when it is won."""

    PARTNER = "partner", _("Partner")
    VENDOR_LEAD = "vendor_lead", _("Vendor's lead")
    CO_SELL = "co_sell", _("Co-sell")


LIVE_STATUSES = ("submitted", "returned", "waiting", "approved")
UNDECIDED_STATUSES = ("submitted", "returned", "waiting")


class EndOfWindow(models.Func):
    """``upper(range)``: what the lookup ``__endswith`` of a range reads."""

    function = "upper"
    output_field = models.DateTimeField()


class StartOfWindow(EndOfWindow):
    """``lower(range)``."""

    function = "lower"


class RegistrationQuerySet(models.QuerySet["Registration"]):
    """Named reads of registrations."""

    def visible_to(self, actor: Actor) -> RegistrationQuerySet:
        """Return what ``actor`` may see: the holder and its distributor, and internal people."""
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is not None:
            return self.filter(Q(holder_id=scope) | Q(distributor_id=scope))
        return self.none()

    def live(self) -> RegistrationQuerySet:
        """Return those that count towards the limit on open registrations."""
        return self.filter(status__in=LIVE_STATUSES)


class Registration(PublicModel):
    """A partner's claim to one family of one customer.

    ``protected`` is the window granted at approval; the exclusion constraint below is the guarantee that no
    two partners ever hold the same customer (deal rules, section 4). ``place`` is taken from a sequence only
    after the account row is locked, so per account the order of places is the order of commits.
    """

    number = models.BigIntegerField(
        _("number"), unique=True, editable=False, db_default=NextValue(Value("deals_registration_number_seq"))
    )
    deal_number = models.BigIntegerField(
        _("deal"), null=True, blank=True, help_text=_("Shared by the registrations of one deal over several families.")
    )
    source_system = models.CharField(_("source system"), max_length=32, blank=True)
    external_id = models.CharField(_("external id"), max_length=200, null=True, blank=True)  # noqa: DJ001 - no id differs from an empty one
    holder = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, related_name="registrations", verbose_name=_("partner")
    )
    distributor = models.ForeignKey(
        "partners.Partner", on_delete=models.PROTECT, null=True, blank=True, related_name="distributed_registrations"
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="registrations",
        verbose_name=_("customer"),
        help_text=_("Found at submission; a draft has none, so that it tells nobody whom we know."),
    )
    family = models.ForeignKey(Family, on_delete=models.PROTECT, related_name="registrations")
    company = models.CharField(_("company as typed"), max_length=250, blank=True)
    country = models.CharField(_("country as typed"), max_length=2, blank=True)
    status = models.CharField(_("state"), max_length=16, choices=RegistrationStatus)
    origin = models.CharField(_("origin"), max_length=16, choices=Origin, default=Origin.PARTNER)
    exclusive = models.BooleanField(_("exclusive"), default=True)
    place = models.BigIntegerField(_("queue position"), null=True, blank=True)
    stage = models.CharField(_("stage"), max_length=40, blank=True)
    website = models.CharField(_("website as typed"), max_length=253, blank=True)
    expected_mrr = models.DecimalField(
        _("expected monthly revenue"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    currency = currency_field(blank=True)
    expected_close_on = models.DateField(_("expected signature"), null=True, blank=True)
    contact = models.CharField(_("contact at the customer"), max_length=250, blank=True)
    note = models.TextField(_("note"), blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField(
        _("due"),
        null=True,
        blank=True,
        help_text=_("In review: our decision. More information requested: the answer. Waiting: the end of the wait."),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decision_reason = models.TextField(_("reason that the partner reads"), blank=True)
    protected = DateTimeRangeField(_("protected"), null=True, blank=True)
    protected_tier = models.ForeignKey(
        "partners.Tier",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The tier whose terms were protected at approval."),
    )
    active_at = models.DateTimeField(
        _("last update"),
        null=True,
        blank=True,
        help_text=_("The last forward move or note of the partner or the CRM. Empty: none since the approval."),
    )
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        constraints = [
            models.UniqueConstraint(name="registration_external_id_once", fields=["source_system", "external_id"]),
            models.CheckConstraint(name="registration_status_known", condition=Q(status__in=RegistrationStatus.values)),
            models.CheckConstraint(
                name="registration_submitted_has_account",
                condition=Q(status="draft") | Q(account__isnull=False),
            ),
            models.CheckConstraint(
                name="registration_draft_has_no_place", condition=~Q(status="draft") | Q(place__isnull=True)
            ),
            models.CheckConstraint(name="registration_origin_known", condition=Q(origin__in=Origin.values)),
            models.CheckConstraint(
                name="registration_approved_is_protected",
                condition=~Q(status="approved") | Q(protected__isnull=False),
            ),
            models.CheckConstraint(
                name="registration_distributor_is_another",
                condition=Q(distributor__isnull=True) | ~Q(distributor=F("holder")),
            ),
            models.CheckConstraint(
                name="registration_expected_mrr_sane",
                condition=Q(expected_mrr__isnull=True) | Q(expected_mrr__gte=0, expected_mrr__lte=1_000_000_000_000),
            ),
            models.UniqueConstraint(
                name="registration_own_duplicate",
                fields=["holder", "account", "family"],
                # What another system brings along is as it is; here nobody submits twice.
                condition=Q(status__in=LIVE_STATUSES, source_system=""),
            ),
            ExclusionConstraint(
                name="registration_protected_once",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    ("family", RangeOperators.EQUAL),
                    ("holder", RangeOperators.NOT_EQUAL),
                    ("protected", RangeOperators.OVERLAPS),
                ],
                condition=Q(status="approved", exclusive=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "family", "place"],
                name="registration_in_line",
                condition=Q(status__in=LIVE_STATUSES),
            ),
            models.Index(fields=["due_at", "id"], name="registration_queue", condition=Q(status="submitted")),
            models.Index(fields=["holder", "-submitted_at"], name="registration_by_holder"),
            models.Index(fields=["holder"], name="registration_live_of_holder", condition=Q(status__in=LIVE_STATUSES)),
            models.Index(fields=["updated_at", "id"], name="registration_by_change"),
            models.Index(
                EndOfWindow("protected"), name="registration_ends", condition=Q(status=RegistrationStatus.APPROVED)
            ),
            models.Index(fields=["deal_number"], name="registration_deal", condition=Q(deal_number__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """Return the number as people quote it."""
        return f"R-{self.number}"

    @property
    def customer_name(self) -> str:
        """Return the customer as its partner named it; partners never read our own records' name."""
        return self.company or (self.account.name if self.account else "")


class RegistrationEvent(models.Model):
    """One change of a registration: from which state to which, who, when, why, from where. Append-only."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(_("at"))
    kind = models.CharField(_("what"), max_length=32)
    from_status = models.CharField(max_length=16, blank=True)
    to_status = models.CharField(max_length=16, blank=True)
    user = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    actor = models.CharField(_("who"), max_length=200)
    by_partner = models.BooleanField(default=False, help_text=_("Whether the holder's own side did it."))
    channel = models.CharField(_("from where"), max_length=16)
    reason = models.TextField(_("why"), blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("registration event")
        indexes = [models.Index(fields=["registration", "-at"], name="registration_event_order")]

    def __str__(self) -> str:
        return f"{self.registration}: {self.kind}"
