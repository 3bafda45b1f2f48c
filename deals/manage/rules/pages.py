"""The rules in force, their versions, making and changing one, and what it would have decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from deals.manage.rules import words
from deals.manage.rules.forms import RulesForm, initial_of
from deals.models import RulesOfEngagement
from deals.policy import RULE_CODES, RuleSettings
from deals.policy.wording import HEADINGS
from deals.queries.preview import preview, quarter_before, rolling
from deals.queries.rules import day_of, rules_in_force, settings_of
from deals.queries.versions import versions
from deals.services.rules import EDITORS, change_rules, mark_of, plan_rules, withdraw_rules
from prm.doors import actor_of, console_page, program_of, status_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.http import HttpRequest, HttpResponse

    from deals.queries.preview import Preview
    from prm.models import Program

LISTED = 200
"""Submissions that a preview lists; all of them are counted."""

PREVIEW, SAVE = "preview", "save"


@require_GET
@console_page
def rules(request: HttpRequest) -> HttpResponse:
    """Show the rules in force and every version with what it changed."""
    now, program = timezone.now(), program_of(request)
    settings = rules_in_force(now=now)
    values = {
        "settings": settings,
        "severities": _severities(settings),
        "groups": _groups(settings, program),
        "versions": [
            {
                "row": version.row,
                "state": version.state(now),
                "rows": [words.difference_row(d, currency=program.base_currency) for d in version.differences],
            }
            for version in versions(actor_of(request), program=program)
        ],
        "may_edit": actor_of(request).has_role(*EDITORS),
    }
    return render(request, "deals/manage/rules/rules.html", values)


@require_http_methods(["GET", "POST"])
@console_page(roles=EDITORS)
def new_rules(request: HttpRequest) -> HttpResponse:
    """Make the next version from the one in force, see what it would have decided, and plan it."""
    program, now = program_of(request), timezone.now()
    initial = initial_of(rules_in_force(now=now))
    form = RulesForm(request.POST or None, program=program, initial=initial)
    if form.is_bound and form.is_valid():
        if request.POST.get("act") != SAVE:
            return _form_page(request, form, seen=_preview(request, form, now=now))
        try:
            row = plan_rules(
                settings=form.settings,
                effective_from=form.effective_from,
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                now=now,
            )
        except DomainError as error:
            _say(form, error)
        else:
            messages.success(request, _("Version %(version)s is planned.") % {"version": row.version})
            return redirect("deals_manage:rules")
    return _form_page(request, form, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@console_page(roles=EDITORS)
def edit_rules(request: HttpRequest, version: int) -> HttpResponse:
    """Change a version that is not in force yet."""
    program, now = program_of(request), timezone.now()
    row = _version(version)
    if row.effective_from <= now:
        raise Http404
    initial = {**initial_of(settings_of(row.version, row.settings, program=program)), "reason": row.reason}
    form = RulesForm(request.POST or None, program=program, is_dated=False, initial=initial)
    status = 200
    if form.is_bound and form.is_valid():
        if request.POST.get("act") != SAVE:
            return _form_page(request, form, row=row, seen=_preview(request, form, now=now))
        try:
            change_rules(
                version=version,
                settings=form.settings,
                reason=form.cleaned_data["reason"],
                seen=request.POST.get("seen", ""),
                actor=actor_of(request),
                now=now,
            )
        except DomainError as error:
            status = status_of(error)
            _say(form, error)
        else:
            messages.success(request, _("Version %(version)s is changed.") % {"version": version})
            return redirect("deals_manage:rules")
    return _form_page(request, form, row=row, status=status if status != 200 else 422 if form.errors else 200)  # noqa: PLR2004


@require_POST
@console_page(roles=EDITORS)
def withdraw(request: HttpRequest, version: int) -> HttpResponse:
    """Take back a version that is not in force yet."""
    try:
        withdraw_rules(version=version, seen=request.POST.get("seen", ""), actor=actor_of(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, _("Version %(version)s is withdrawn.") % {"version": version})
    return redirect("deals_manage:rules")


@require_GET
@console_page
def version_page(request: HttpRequest, version: int) -> HttpResponse:
    """Show all settings of one version, as a past decision was made under them."""
    program = program_of(request)
    row = _version(version)
    settings = settings_of(row.version, row.settings, program=program)
    values = {
        "row": row,
        "seen": mark_of(row),
        "severities": _severities(settings),
        "groups": _groups(settings, program),
        "may_edit": actor_of(request).has_role(*EDITORS) and row.effective_from > timezone.now(),
    }
    return render(request, "deals/manage/rules/version.html", values)


def _form_page(
    request: HttpRequest,
    form: RulesForm,
    *,
    row: RulesOfEngagement | None = None,
    seen: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    values = {
        "form": form,
        "row": row,
        # After a refusal the form is one of the version as it is now: pressing again is a decision over it.
        "seen": mark_of(row) if row else "",
        "preview": seen,
        "period": request.POST.get("period", "quarter"),
        "periods": _periods(day_of(timezone.now(), program_of(request))),
    }
    return render(request, "deals/manage/rules/form.html", values, status=status)


def _periods(today: date) -> list[tuple[str, str, tuple[date, date]]]:
    return [
        ("quarter", _("Last quarter"), quarter_before(today)),
        ("90", _("The last 90 days"), rolling(today, 90)),
        ("365", _("The last 365 days"), rolling(today, 365)),
    ]


def _preview(request: HttpRequest, form: RulesForm, *, now: datetime) -> dict[str, Any]:
    program = program_of(request)
    asked = request.POST.get("period", "")
    spans = {code: span for code, _word, span in _periods(day_of(now, program))}
    since, until = spans.get(asked, spans["quarter"])
    settings = RuleSettings.from_json(0, form.settings)
    found = preview(settings, since=since, until=until, actor=actor_of(request), program=program)
    return {
        "found": found,
        "sentence": _sentence(found),
        "rows": [
            {
                "deal": changed.registration,
                "at": changed.submitted_at,
                "before": words.OUTCOMES[changed.before],
                "before_tone": words.OUTCOME_TONES[changed.before],
                "after": words.OUTCOMES[changed.after],
                "after_tone": words.OUTCOME_TONES[changed.after],
                "reasons": [words.shift_words(shift) for shift in changed.shifts],
            }
            for changed in found.changed[:LISTED]
        ],
        "hidden": max(0, len(found.changed) - LISTED),
    }


def _sentence(found: Preview) -> str:
    """Return ``412 submissions: 31 would have been decided differently.``."""
    submissions = ngettext("%(count)d submission", "%(count)d submissions", found.judged) % {"count": found.judged}
    if not found.changed:
        return _("%(submissions)s: none would have been decided differently.") % {"submissions": submissions}
    changed = ngettext(
        "%(submissions)s: %(count)d would have been decided differently.",
        "%(submissions)s: %(count)d would have been decided differently.",
        len(found.changed),
    )
    return changed % {"submissions": submissions, "count": len(found.changed)}


def _severities(settings: RuleSettings) -> list[dict[str, str]]:
    return [
        {
            "code": code,
            "heading": _(HEADINGS[code]),
            "severity": settings.severity(code).value,
            "word": str(words.SEVERITIES[settings.severity(code).value]),
            "hint": str(words.SEVERITY_HINTS.get(code, "")),
        }
        for code in RULE_CODES
    ]


def _groups(settings: RuleSettings, program: Program) -> list[tuple[str, list[tuple[str, str]]]]:
    initial = initial_of(settings)
    found = []
    for group in words.GROUPS:
        rows = []
        for setting in group.settings:
            value = getattr(settings, setting.name, initial.get(setting.name))
            value = list(value) if isinstance(value, tuple) else value
            rows.append((str(setting.label), words.in_words(setting, value, currency=program.base_currency)))
        found.append((str(group.title), rows))
    return found


def _say(form: RulesForm, error: DomainError) -> None:
    field = {"effective_from": "effective_on"}.get(error.field, error.field)
    form.add_error(field if field in form.fields else None, str(error.sentence))


def _version(version: int) -> RulesOfEngagement:
    row = RulesOfEngagement.objects.select_related("created_by").filter(version=version).first()
    if row is None:
        raise Http404
    return row
