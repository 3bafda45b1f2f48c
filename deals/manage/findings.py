"""What a rule found, in words for our own people: which record, since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from deals.models import RegistrationFinding
from deals.policy.wording import HEADINGS
from prm import formats


@dataclass(frozen=True, slots=True)
class Told:
    """One finding for our own people: what it is, and the evidence in a sentence."""

    code: str
    severity: str
    heading: str
    evidence: str


def told(findings: Iterable[RegistrationFinding]) -> list[Told]:
    """Return findings with their heading and evidence, in the order given."""
    return [Told(f.code, f.severity, _(HEADINGS.get(f.code, f.code)), _sentence(f)) for f in findings]


def _sentence(finding: RegistrationFinding) -> str:
    """Return the evidence in a sentence: which record, since when."""
    found = dict(finding.internal)
    values = {key: _readable(value) for key, value in found.items()}
    doubts = {
        "no_domain": _("No website, or one that many share."),
        "free_mail": _("A mail service that everybody uses, no website of its own."),
        "shared_host": _("A website that many companies share, such as a social network."),
        "other_domain": _("The customer of this name has another website."),
        "several_of_this_name": _("Several customers have this name."),
    }
    sentences = {
        "territory": _("The customer is in %(country)s %(segment)s; the partner has %(territories)s."),
        "eligibility": _("Its state is %(status)s."),
        "live_cap": _("It holds %(count)s and its tier allows %(cap)s."),
        "minimum_value": _("%(expected)s expected, %(minimum)s asked, in the program’s currency."),
        "own_duplicate": _("%(registration)s (%(status)s) since %(since)s."),
        "protected": _("%(registration)s of %(partner)s, until %(until)s."),
        "rival_pending": _("%(registration)s of %(partner)s since %(since)s. It is decided first."),
        "incumbent": _("%(record)s with %(partners)s since %(since)s."),
        "direct_customer": _("%(record)s since %(since)s, no partner credited."),
        "named_account": _("The list says: %(policy)s. Owner: %(owner)s."),
        "direct_opportunity": _("%(record)s %(stage)s of %(seller)s %(owner)s, opened on %(since)s."),
        "cool_off": _("%(registration)s (%(status)s) ended on %(since)s."),
    }
    if finding.code == "unverifiable":
        return doubts.get(str(found.get("doubt", "")), "")
    code = str(found.get("rule", finding.code))
    if found.get("missing"):
        return _("Missing: %(missing)s. Its tier: %(tier)s.") % values
    try:
        told = " ".join((sentences[code] % values).split())
    except KeyError:
        return ", ".join(filter(None, values.values()))
    return f"{_near(values)} {_(HEADINGS[code])}: {told}" if code != finding.code else told


def _near(values: dict[str, str]) -> str:
    """Return which other customer a finding is about, and what that one is to this."""
    words = {
        "parent": _("Parent %(account)s."),
        "child": _("Subsidiary %(account)s."),
        "sibling": _("Sister company %(account)s."),
        "lookalike": _("%(account)s, similarity %(similarity)s."),
    }
    return formats.one_stop(words[values["relation"]] % values)


def _readable(value: object) -> str:
    """Return a day for a stored instant, words for a list, the rest as it is."""
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    text = str(value)
    try:
        return formats.day(datetime.fromisoformat(text)) if text[:4].isdigit() and "-" in text else text
    except ValueError:
        return text
