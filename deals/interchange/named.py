"""``named_account_lists.csv`` and ``named_accounts.csv``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from deals.interchange.lookups import ACCOUNT, NAMED_LIST
from deals.models import NamedAccount
from prm.interchange.cells import Choice, Code, Day, Email, Reference, Text
from prm.interchange.checks import check_dates_in_order, check_no_overlap
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from prm.interchange.files import Sheet
    from prm.interchange.loading import Load

POLICY = Choice(allowed=tuple(NamedAccount.Policy.values), also={"co_sell": "co-sell", "cosell": "co-sell"})


def check_one_policy(load: Load, sheet: Sheet) -> None:
    """Refuse an entry with no policy, or with one beside its list's."""
    for row in sheet.rows:
        named_list, policy = row.values["list"], row.values["policy"]
        if not named_list and not policy:
            load.wrong(sheet, row, "policy", _("block, review or co-sell is needed, or a list that says it"))
        elif named_list and policy:
            load.wrong(sheet, row, "policy", _("the list says it: leave this cell empty"))


NAMED_ACCOUNT_LISTS = FileSpec(
    "named_account_lists.csv",
    "deals_namedaccountlist",
    (
        Column("code", Code(), key=True, needed=True),
        Column("name", Text(most=120), needed=True),
        Column("policy", POLICY, needed=True),
        Column("owner_email", Email()),
    ),
)
NAMED_ACCOUNTS = FileSpec(
    "named_accounts.csv",
    "deals_namedaccount",
    (
        Column("account", Reference(to=ACCOUNT), "account_id", key=True, needed=True),
        Column("list", Reference(to=NAMED_LIST), "named_list_id", key=True),
        Column("from", Day(), "valid_from", key=True),
        Column("until", Day(), "valid_until"),
        Column("policy", POLICY),
        Column("owner_email", Email()),
    ),
    checks=(
        check_dates_in_order,
        check_one_policy,
        check_no_overlap("account", "list", what=lambda: _("a customer is on a list once at a time")),
    ),
)
