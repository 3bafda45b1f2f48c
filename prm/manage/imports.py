"""``/manage/import/``: upload a folder, see what is new, changed, the same and wrong, and confirm."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from prm.actors import InternalRole
from prm.doors import actor_of, console_page
from prm.files.forms import SeveralFilesField, SeveralFilesInput
from prm.interchange.archives import UploadError, folder_of
from prm.interchange.files import known_files
from prm.interchange.loading import load_folder
from prm.interchange.staged import discard, stage, staged
from prm.models import AuditEvent
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from django.http import HttpRequest

    from prm.interchange.loading import Outcome

SHOWN = 200
"""Problems in the table; all of them are in the file beside it."""

LATEST = 10


class UploadForm(forms.Form):
    """A zip, or the CSV files themselves."""

    upload = SeveralFilesField(
        label=gettext_lazy("A zip of CSV files, or the files themselves"),
        help_text=gettext_lazy("UTF-8, commas, a header row. Nothing is loaded before you confirm."),
        allow_empty_file=True,
        widget=SeveralFilesInput(attrs={"accept": ".zip,.csv", "multiple": True}),
    )

    def clean_upload(self) -> dict[str, bytes]:
        """Return the folder (name → content) that the upload holds."""
        try:
            return folder_of((upload.name, upload.size, upload) for upload in self.cleaned_data["upload"])
        except UploadError as error:
            raise forms.ValidationError(str(error.sentence)) from None


@console_page(roles=(InternalRole.ADMIN,))
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take an upload, keep it aside, and go on to its review."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            token = stage(form.cleaned_data["upload"], user_id=_user(request), now=timezone.now())
            return redirect("prm_manage:import_review", token=token)
    values = {"form": form, "files": known_files(), "latest": _latest()}
    return render(request, "manage/import.html", values, status=422 if form.errors else 200)


@console_page(roles=(InternalRole.ADMIN,))
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a staged upload would do; on POST do it, checked anew."""
    files = staged(token, user_id=_user(request), now=timezone.now())
    if files is None:
        messages.error(request, _("This upload is not here any more. Nothing was loaded; upload it again."))
        return redirect("prm_manage:import")
    confirmed = request.method == "POST"
    outcome = load_folder(files, actor=actor_of(request), now=timezone.now(), dry_run=not confirmed)
    if outcome.applied:
        discard(token, user_id=_user(request))
        messages.success(request, _("Loaded: %(sum)s.") % {"sum": _in_words(outcome)})
        return redirect("prm_manage:import")
    values = {
        "token": token,
        "outcome": outcome,
        "total": _sums(outcome),
        "shown": outcome.problems[:SHOWN],
        "more": max(len(outcome.problems) - SHOWN, 0),
    }
    return render(request, "manage/import_review.html", values, status=422 if confirmed else 200)


@console_page(roles=(InternalRole.ADMIN,))
@require_safe
def problems_file(request: HttpRequest, token: str) -> HttpResponse:
    """Return all problems of a staged upload as CSV."""
    files = staged(token, user_id=_user(request), now=timezone.now())
    if files is None:
        return redirect("prm_manage:import")
    outcome = load_folder(files, actor=actor_of(request), now=timezone.now(), dry_run=True)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="import-problems.csv"'
    writer = csv.writer(response, lineterminator="\n")
    writer.writerow(("file", "line", "column", "problem"))
    for problem in outcome.problems:
        cells = (problem.file, str(problem.line or ""), problem.column, problem.message)
        writer.writerow(map(safe_text, cells))
    return response


def _user(request: HttpRequest) -> int:
    user_id = actor_of(request).user_id
    assert user_id is not None  # noqa: S101 - the guard lets in nobody else
    return user_id


def _sums(outcome: Outcome) -> dict[str, int]:
    names = ("new", "changed", "same", "wrong")
    return {name: sum(getattr(count, name) for count in outcome.counts) for name in names}


def _in_words(outcome: Outcome) -> str:
    return _("%(new)s new, %(changed)s changed, %(same)s the same") % _sums(outcome)


def _latest() -> list[dict[str, object]]:
    """Return the last loads: when, by whom, and their rows."""
    events = AuditEvent.objects.filter(action="csv.load").order_by("-at", "-id")[:LATEST]
    return [{"at": event.at, "actor": event.actor, **_rows_of(event)} for event in events]


def _rows_of(event: AuditEvent) -> dict[str, int]:
    """Return the number of files and rows of a load, from what it noted."""
    same = event.data.get("same", {})
    changed = [counts for file, counts in event.data.items() if file != "same"]
    return {
        "files": len(same) + len(changed),
        "new": sum(counts["new"] for counts in changed),
        "changed": sum(counts["changed"] for counts in changed),
        "same": sum(same.values()) + sum(counts["same"] for counts in changed),
    }
