"""What the database keeps for payees: what was entered is replaced, never edited; and the first reporting thresholds."""

from decimal import Decimal
from typing import ClassVar

from django.apps.registry import Apps as StateApps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

KEPT = """
-- A payout goes to the account as it was entered and verified. Only its end, the decision and, for new keys, the
-- sealed number and its fingerprint may be written; a decision is taken once.
CREATE FUNCTION partners_keep_payout_method() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (OLD.public_id, OLD.partner_id, OLD.kind, OLD.currency, OLD.holder, OLD.last_four, OLD.bic, OLD.bank_code,
           OLD.country, OLD.valid_from, OLD.created_at, OLD.created_by_id)
          IS DISTINCT FROM
          (NEW.public_id, NEW.partner_id, NEW.kind, NEW.currency, NEW.holder, NEW.last_four, NEW.bic, NEW.bank_code,
           NEW.country, NEW.valid_from, NEW.created_at, NEW.created_by_id)
       OR (OLD.status <> 'entered' AND (OLD.status, OLD.decided_at, OLD.decided_by_id, OLD.refused_reason)
           IS DISTINCT FROM (NEW.status, NEW.decided_at, NEW.decided_by_id, NEW.refused_reason)) THEN
        RAISE EXCEPTION 'payout method % is replaced, never edited', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'method_unchangeable';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER method_unchangeable BEFORE UPDATE OR DELETE ON partners_payoutmethod
    FOR EACH ROW EXECUTE FUNCTION partners_keep_payout_method();

-- A form that was only asked for is filled in; from then on it stays as it was sent in.
CREATE FUNCTION partners_keep_tax_form() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.status <> 'requested'
       AND (OLD.public_id, OLD.partner_id, OLD.kind, OLD.country, OLD.name, OLD.number, OLD.last_four, OLD.signed_on,
            OLD.expires_on, OLD.reference, OLD.received_at, OLD.created_by_id)
           IS DISTINCT FROM
           (NEW.public_id, NEW.partner_id, NEW.kind, NEW.country, NEW.name, NEW.number, NEW.last_four, NEW.signed_on,
            NEW.expires_on, NEW.reference, NEW.received_at, NEW.created_by_id)) THEN
        RAISE EXCEPTION 'tax form % is replaced, never edited', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'tax_form_unchangeable';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tax_form_unchangeable BEFORE UPDATE OR DELETE ON partners_taxform
    FOR EACH ROW EXECUTE FUNCTION partners_keep_tax_form();

-- An agreement ends; its text and who agreed do not change.
CREATE FUNCTION partners_keep_self_billing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.public_id, OLD.partner_id, OLD.version, OLD.text, OLD.valid_from, OLD.accepted_at,
                            OLD.accepted_by_id, OLD.accepted_label)
                           IS DISTINCT FROM
                           (NEW.public_id, NEW.partner_id, NEW.version, NEW.text, NEW.valid_from, NEW.accepted_at,
                            NEW.accepted_by_id, NEW.accepted_label) THEN
        RAISE EXCEPTION 'self-billing agreement % is kept as it was agreed to', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'self_billing_unchangeable';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER self_billing_unchangeable BEFORE UPDATE OR DELETE ON partners_selfbillingagreement
    FOR EACH ROW EXECUTE FUNCTION partners_keep_self_billing();
"""

CURRENCIES = "".join(
    f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (currency ~ '^([A-Z]{{3}})?$');"
    for table, name in (("partners_payoutmethod", "method_currency_known"),)
) + (
    "ALTER TABLE partners_reportingrule ADD CONSTRAINT reporting_rule_currency_known"
    " FOREIGN KEY (currency) REFERENCES prm_currency (code);"
)

THRESHOLDS = (
    # form, country, report, from year, threshold, currency, source
    ("w9", "US", "1099-NEC", 2020, 600, "USD", "26 USC 6041(a) and 6041A(a) before 2026; Form 1099-NEC since 2020"),
    (
        "w9",
        "US",
        "1099-NEC",
        2026,
        2000,
        "USD",
        "Public Law 119-21, section 70433: payments after 2025; indexed from 2027 on, add the figure of the year",
    ),
    ("w8ben", "US", "1042-S", 2020, 0, "USD", "26 CFR 1.1461-1(c): from the first cent, where the source is in the US"),
    ("w8ben_e", "US", "1042-S", 2020, 0, "USD", "26 CFR 1.1461-1(c): from the first cent, where the source is in the US"),
)


def load_thresholds(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001 - Django's signature
    """Write the thresholds known when this was written; later ones are rows that finance adds."""
    rule = apps.get_model("partners", "ReportingRule")
    columns = ("form", "country", "report", "from_year", "threshold", "currency", "source")
    rule.objects.bulk_create(
        [rule(**dict(zip(columns, (*row[:4], Decimal(row[4]), *row[5:]), strict=True))) for row in THRESHOLDS],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("partners", "0002_promises")]
    operations = [
        migrations.RunSQL(
            KEPT + CURRENCIES,
            "DROP TRIGGER method_unchangeable ON partners_payoutmethod;"
            "DROP FUNCTION partners_keep_payout_method();"
            "DROP TRIGGER tax_form_unchangeable ON partners_taxform;"
            "DROP FUNCTION partners_keep_tax_form();"
            "DROP TRIGGER self_billing_unchangeable ON partners_selfbillingagreement;"
            "DROP FUNCTION partners_keep_self_billing();"
            "ALTER TABLE partners_payoutmethod DROP CONSTRAINT method_currency_known;"
            "ALTER TABLE partners_reportingrule DROP CONSTRAINT reporting_rule_currency_known;",
        ),
        migrations.RunPython(load_thresholds, migrations.RunPython.noop),
    ]
