"""Disputes: their subject and their thread are kept as they were written."""

import django.db.models.deletion
import prm.models.base
from django.conf import settings
from django.db import migrations, models


KEPT = """
-- What was asked about and by whom stays; only the state moves. Nobody deletes a dispute or a word of its thread.
CREATE FUNCTION commissions_keep_dispute() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (OLD.public_id, OLD.number, OLD.partner_id, OLD.run_id, OLD.statement_id, OLD.subscription_id, OLD.kind,
           OLD.currency, OLD.earned_period, OLD.amount, OLD.opened_at, OLD.opened_by_id)
          IS DISTINCT FROM
          (NEW.public_id, NEW.number, NEW.partner_id, NEW.run_id, NEW.statement_id, NEW.subscription_id, NEW.kind,
           NEW.currency, NEW.earned_period, NEW.amount, NEW.opened_at, NEW.opened_by_id) THEN
        RAISE EXCEPTION 'dispute % stays about what it is about', OLD.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'dispute_unchangeable';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER dispute_unchangeable BEFORE UPDATE OR DELETE ON commissions_dispute
    FOR EACH ROW EXECUTE FUNCTION commissions_keep_dispute();
CREATE TRIGGER dispute_is_never_truncated BEFORE TRUNCATE ON commissions_dispute
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER dispute_message_is_append_only BEFORE UPDATE OR DELETE ON commissions_disputemessage
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER dispute_messages_are_never_truncated BEFORE TRUNCATE ON commissions_disputemessage
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
ALTER TABLE commissions_dispute ADD CONSTRAINT dispute_currency
    FOREIGN KEY (currency) REFERENCES prm_currency (code);
"""
FORGOTTEN = """
DROP TRIGGER dispute_unchangeable ON commissions_dispute;
DROP TRIGGER dispute_is_never_truncated ON commissions_dispute;
DROP TRIGGER dispute_message_is_append_only ON commissions_disputemessage;
DROP TRIGGER dispute_messages_are_never_truncated ON commissions_disputemessage;
ALTER TABLE commissions_dispute DROP CONSTRAINT dispute_currency;
DROP FUNCTION commissions_keep_dispute();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("commissions", "0005_adjustments_kept"),
        ("deals", "0006_lists_by_change"),
        ("partners", "0004_payee_promises"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(db_default=prm.models.base.Uuid7(), editable=False, unique=True)),
                ("number", models.CharField(max_length=16, unique=True, verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("recurring", "Recurring"),
                            ("upfront", "Upfront"),
                            ("spiff", "SPIFF bonus"),
                            ("expansion", "Expansion"),
                            ("renewal", "Renewal"),
                            ("override", "Override"),
                            ("accelerator", "Accelerator"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("earned_period", models.DateField(blank=True, null=True, verbose_name="earned in")),
                (
                    "amount",
                    models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name="amount in question"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Waits for an answer"),
                            ("waiting_for_partner", "Waits for the partner"),
                            ("answered", "Answered"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=24,
                        verbose_name="state",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("adjusted", "Adjusted"), ("explained", "Explained")],
                        max_length=16,
                        verbose_name="outcome",
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                ("opened_label", models.CharField(max_length=200, verbose_name="opened by")),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="answer due")),
                ("time_left", models.DurationField(blank=True, null=True, verbose_name="business time left")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                ("closed_label", models.CharField(blank=True, max_length=200, verbose_name="closed by")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "opened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="partners.partner"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="commissions.run"
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disputes",
                        to="commissions.statement",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deals.subscription",
                    ),
                ),
            ],
            options={
                "verbose_name": "dispute",
                "ordering": ["-opened_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="DisputeMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("opened", "asked"),
                            ("replied", "replied"),
                            ("asked", "asked back"),
                            ("answered", "answered"),
                            ("withdrew", "withdrew the question"),
                            ("reopened", "asked again"),
                        ],
                        max_length=16,
                    ),
                ),
                ("from_partner", models.BooleanField()),
                ("author_label", models.CharField(max_length=200, verbose_name="from")),
                ("text", models.TextField(blank=True, verbose_name="text")),
                (
                    "adjustment",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers_dispute",
                        to="commissions.adjustment",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dispute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="commissions.dispute"
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "ordering": ["id"],
            },
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("status__in", ("open", "waiting_for_partner"))),
                fields=["due_at", "id"],
                name="dispute_queue",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["open", "waiting_for_partner", "answered", "withdrawn"])),
                name="dispute_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome__in", ["adjusted", "explained"]), ("status", "answered")),
                    models.Q(models.Q(("status", "answered"), _negated=True), ("outcome", "")),
                    _connector="OR",
                ),
                name="dispute_outcome_when_answered",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["", "recurring", "upfront", "spiff", "expansion", "renewal", "override", "accelerator"],
                    )
                ),
                name="dispute_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("earned_period__isnull", True), ("earned_period__day", 1), _connector="OR"),
                name="dispute_period_first_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("earned_period__isnull", True),
                        ("kind", ""),
                        ("statement__isnull", False),
                        ("subscription__isnull", True),
                    ),
                    models.Q(("earned_period__isnull", False), ("subscription__isnull", False)),
                    models.Q(("earned_period__isnull", False), ("kind", "accelerator")),
                    _connector="OR",
                ),
                name="dispute_has_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", False), ("status", "open"), ("time_left__isnull", True)),
                    models.Q(("due_at__isnull", True), ("status", "waiting_for_partner"), ("time_left__isnull", False)),
                    models.Q(("status__in", ("open", "waiting_for_partner")), _negated=True),
                    _connector="OR",
                ),
                name="dispute_due_while_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("status__in", ("open", "waiting_for_partner"))),
                    models.Q(
                        models.Q(("status__in", ("open", "waiting_for_partner")), _negated=True),
                        ("closed_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="dispute_closed_is_said",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(
                condition=models.Q(("earned_period__isnull", False), ("status__in", ("open", "waiting_for_partner"))),
                fields=("partner", "subscription", "kind", "currency", "earned_period"),
                name="dispute_one_open_a_key",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(
                condition=models.Q(("earned_period__isnull", True), ("status__in", ("open", "waiting_for_partner"))),
                fields=("statement",),
                name="dispute_one_open_a_statement",
            ),
        ),
        migrations.AddConstraint(
            model_name="disputemessage",
            constraint=models.CheckConstraint(
                condition=models.Q(("act__in", ["opened", "replied", "asked", "answered", "withdrew", "reopened"])),
                name="dispute_act_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="disputemessage",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("text", ""), _negated=True), ("act", "withdrew"), _connector="OR"),
                name="dispute_message_says_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="disputemessage",
            constraint=models.CheckConstraint(
                condition=models.Q(("adjustment__isnull", True), ("act", "answered"), _connector="OR"),
                name="dispute_adjustment_answers",
            ),
        ),
        migrations.RunSQL(KEPT, FORGOTTEN),
    ]
