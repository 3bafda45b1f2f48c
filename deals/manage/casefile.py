"""A registration's evidence side by side, and its findings, in the words of our own people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import bidirectional

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.identity import domain_of, name_key
from deals.manage.findings import Told, told
from deals.policy import RULE_CODES, NamedPolicy
from deals.policy.wording import HEADINGS
from deals.queries.decisions import LineUp, Terms, alike, latest
from prm import formats
from prm.ui.inputs import country_name
from prm.ui.states import state_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deals.models import Registration, Subscription

SAME, DIFFERS, ONLY_US = "same", "differs", "only_us"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row: what the partner says, what we hold, and how they compare."""

    label: str
    says: str
    holds: str
    mark: str = ""

    @property
    def word(self) -> str:
        """Return the comparison in a word."""
        return {SAME: _("Same"), DIFFERS: _("Differs"), ONLY_US: _("Only us")}.get(self.mark, "")

    @property
    def tone(self) -> str:
        """Return its tone."""
        return {SAME: "ok", DIFFERS: "warn", ONLY_US: "muted"}.get(self.mark, "")

    @property
    def icon(self) -> str:
        """Return its icon."""
        return {SAME: "check", DIFFERS: "warning", ONLY_US: "dot"}.get(self.mark, "")


def evidence_of(registration: Registration, *, line: LineUp, pays: Sequence[Subscription]) -> list[Evidence]:
    """Return the rows of evidence."""
    rows = [_website(registration), _company(registration)]
    if registration.contact:
        rows.append(Evidence(_("Contact"), registration.contact, "–"))
    rows.append(_pays(registration, pays))
    rows.append(Evidence(_("Expected"), _expected(registration), "–"))
    others = [*line.holding, *line.before, *line.behind]
    if others:
        words = "; ".join(
            f"{other.reference} {other.holder.name}: {state_of('registration', other.status).word}" for other in others
        )
        rows.append(Evidence(_("Others on it"), "–", words, ONLY_US))
    return rows


@dataclass(frozen=True, slots=True)
class Alike:
    """A customer that may be the one of the deal, as the evidence compares it with the deal's words."""

    name: str
    place: str
    websites: str
    score: int


def alike_of(registration: Registration) -> list[Alike]:
    """Return the customers that look like the one of ``registration``, with what we hold of each."""
    if registration.account is None:
        return []
    found = []
    for pair in alike(registration.account):
        is_first = pair.other_id == registration.account.pk
        other = pair.account if is_first else pair.other
        held: list[str] = pair.held_first if is_first else pair.held_second  # type: ignore[attr-defined]
        place = country_name(other.country) if other.country else "–"
        found.append(Alike(other.name, place, ", ".join(held) or "–", round(pair.score * 100)))
    return found


def findings_of(registration: Registration) -> list[Told]:
    """Return the findings of the last evaluation."""
    found = latest(list(registration.findings.all()))
    return told(found)


def rules_passed(findings: Sequence[Told]) -> list[str]:
    """Return the headings of the rules that found nothing."""
    fired = {finding.code for finding in findings}
    return [_(HEADINGS[code]) for code in RULE_CODES if code not in fired]


def offers_co_sell(registration: Registration) -> bool:
    """Whether a finding suggests to sell together with direct sales."""
    return any(
        f.code == "direct_opportunity"
        or (f.code == "named_account" and f.internal.get("policy") == NamedPolicy.CO_SELL)
        for f in registration.findings.all()
    )


def line_sentence(line: LineUp) -> str:
    """Return the place in line in words, and who is behind."""
    if line.before:
        place = _("Behind %(first)s.") % {"first": f"{line.before[0].reference} ({line.before[0].holder.name})"}
    else:
        place = _("First in line.")
    count = len(line.behind)
    if not count:
        return place
    behind = ngettext("One rival is behind it.", "%(count)d rivals are behind it.", count)
    return f"{place} {behind % {'count': count}}"


def consequence(registration: Registration, terms: Terms, line: LineUp, *, waiting_days: int) -> str:
    """Return what an approval does, before anybody clicks."""
    granted = _("%(partner)s is protected until %(until)s (%(days)s days%(tier)s).") % {
        "partner": registration.holder.name,
        "until": formats.day(terms.until),
        "days": terms.days,
        "tier": f", {terms.tier.name}" if terms.tier else "",
    }
    if not line.behind:
        return granted
    names = ", ".join(rival.holder.name for rival in line.behind)
    waits = ngettext(
        "%(names)s waits, queue position kept, up to %(days)s days.",
        "%(names)s wait, queue positions kept, up to %(days)s days.",
        len(line.behind),
    )
    return f"{granted} {waits % {'names': names, 'days': waiting_days}}"


def _website(registration: Registration) -> Evidence:
    held: list[str] = registration.held_domains  # type: ignore[attr-defined]
    typed = domain_of(registration.website)
    mark = "" if not held else SAME if typed in held else DIFFERS
    return Evidence(_("Website"), registration.website or "–", ", ".join(held) or "–", mark)


def isolated(name: str) -> str:
    """Keep a name's direction to itself inside a sentence: Persian words must not turn ours around."""
    return f"\u2068{name}\u2069" if any(bidirectional(letter) in {"R", "AL"} for letter in name) else name


def _company(registration: Registration) -> Evidence:
    account = registration.account
    if account is None:
        return Evidence(_("Company"), registration.company, "–")
    place = country_name(account.country) if account.country else ""
    holds = ", ".join(filter(None, [isolated(account.name), place, _("new to us") if account.is_prospect else ""]))
    same = name_key(registration.company) == name_key(account.name) and account.country in {"", registration.country}
    says = ", ".join(filter(None, [isolated(registration.company), country_name(registration.country)]))
    return Evidence(_("Company"), says or "–", holds, SAME if same or not registration.company else DIFFERS)


def _pays(registration: Registration, pays: Sequence[Subscription]) -> Evidence:
    lines = [
        _("%(family)s, %(mrr)s a month since %(day)s.")
        % {
            "family": subscription.product.family.name,
            "mrr": formats.money(subscription.level, subscription.currency),  # type: ignore[attr-defined]
            "day": formats.day(subscription.started_on),
        }
        for subscription in pays
    ]
    buys_it = any(s.product.family_id == registration.family_id for s in pays)
    if not lines:
        return Evidence(_("Pays today"), "–", _("Nothing"))
    if not buys_it:
        lines.append(_("No %(family)s.") % {"family": registration.family.name})
    return Evidence(_("Pays today"), "–", " ".join(lines), DIFFERS if buys_it else ONLY_US)


def _expected(registration: Registration) -> str:
    parts = []
    if registration.expected_mrr is not None:
        amount = formats.money(registration.expected_mrr, registration.currency or "EUR")
        parts.append(_("%(amount)s a month") % {"amount": amount})
    if registration.expected_close_on:
        parts.append(formats.month(registration.expected_close_on))
    return ", ".join(parts) or "–"
