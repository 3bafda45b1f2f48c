"""Self-billing documents never change; how kinds are booked and the VAT rates of the EU, as known when written."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.apps.registry import Apps as StateApps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

KEPT = """
CREATE TRIGGER self_billing_is_immutable BEFORE UPDATE OR DELETE ON commissions_selfbillingdocument
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER self_billing_is_never_truncated BEFORE TRUNCATE ON commissions_selfbillingdocument
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
ALTER TABLE commissions_selfbillingdocument ADD CONSTRAINT self_billing_currency_known
    FOREIGN KEY (currency) REFERENCES prm_currency (code);
"""

TREATMENTS = (
    ("upfront", "capitalise", "contract_costs", "Paid because the contract was obtained (ASC 340-40-25-1, IFRS 15.91)."),
    ("spiff", "capitalise", "contract_costs", "A bonus for the sale itself: incremental cost of obtaining the contract."),
    ("expansion", "capitalise", "contract_costs", "Paid for the added contract: incremental cost of obtaining it."),
    ("renewal", "capitalise", "contract_costs", "Incremental cost of the renewed contract; spread over its term."),
    (
        "accelerator",
        "capitalise",
        "contract_costs",
        "Grows with contracts obtained in the month; spread over that month's contracts together.",
    ),
    ("recurring", "expense", "commission_expense", "Earned with each month of service: its period is that month."),
    ("override", "expense", "commission_expense", "A share of recurring commission, earned with each month of service."),
    ("adjustment", "expense", "commission_expense", "A correction that names no contract has nothing to be spread over."),
)
"""Kind, treatment, account and why: the defaults, to be settled with the auditor."""

SOURCE = "European Commission, VAT rates applied in the member states; standard rate"
STEADY = (
    "AT 20 BE 21 BG 20 HR 25 CY 19 CZ 21 DK 25 FR 20 DE 19 GR 24 HU 27 IE 23 IT 22 LV 21 LT 21 LU 17 MT 18 NL 21"
    " PL 23 PT 23 SI 22 ES 21 SE 25"
)
CHANGED = (
    # country, rate before, rate since, since
    ("EE", 22, 24, date(2025, 7, 1)),
    ("FI", 24, Decimal("25.5"), date(2024, 9, 1)),
    ("RO", 19, 21, date(2025, 8, 1)),
    ("SK", 20, 23, date(2025, 1, 1)),
)


def load_accounting(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001 - Django's signature
    """Write the defaults; rows that exist stay as they are."""
    treatment, rate = apps.get_model("commissions", "AccountingTreatment"), apps.get_model("commissions", "VatRate")
    treatment.objects.bulk_create(
        [
            treatment(kind=kind, treatment=how, account=account, reason=reason)
            for kind, how, account, reason in TREATMENTS
        ],
        ignore_conflicts=True,
    )
    if rate.objects.exists():
        return
    words = STEADY.split()
    rows = [
        rate(country=country, rate=Decimal(number), source=SOURCE)
        for country, number in zip(words[::2], words[1::2], strict=True)
    ]
    for country, before, since, day in CHANGED:
        rows.append(rate(country=country, rate=Decimal(before), valid_until=day, source=SOURCE))
        rows.append(rate(country=country, rate=Decimal(since), valid_from=day, source=SOURCE))
    rate.objects.bulk_create(rows)


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("commissions", "0005_disputes")]
    operations = [
        migrations.RunSQL(
            KEPT,
            "DROP TRIGGER self_billing_is_immutable ON commissions_selfbillingdocument;"
            "DROP TRIGGER self_billing_is_never_truncated ON commissions_selfbillingdocument;"
            "ALTER TABLE commissions_selfbillingdocument DROP CONSTRAINT self_billing_currency_known;",
        ),
        migrations.RunPython(load_accounting, migrations.RunPython.noop),
    ]
