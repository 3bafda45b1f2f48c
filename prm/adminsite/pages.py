"""Bases of every admin page: rights by role, refusals of the database as words, an audit event for each act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db import IntegrityError, transaction
from django.forms import ModelForm
from django.http import HttpResponseRedirect
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline

from prm import audit
from prm.actors import InternalRole
from prm.doors import actor_of
from prm.errors import DomainError, as_domain_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse

    AnyForm = ModelForm[Model]
else:
    AnyForm = ModelForm

REFUSAL = "_admin_refusal"


def _leave_to_the_database(exclude: object = None) -> None:
    """Check nothing: the row's constraints are checked where they live."""


class RefusalForm(AnyForm):
    """A form that leaves the constraints to the database and shows what it refused.

    The check in Python would say “Constraint “x” is violated” and be a second opinion; the database's
    is the one that counts, and ``prm.errors`` has a sentence for it.
    """

    refusal: DomainError | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.validate_constraints = _leave_to_the_database  # type: ignore[method-assign]

    def clean(self) -> dict[str, Any] | None:
        """Add the refusal of the attempt before, at its field where it names one."""
        values = super().clean()
        if self.refusal is not None:
            field = self.refusal.field if self.refusal.field in self.fields else None
            self.add_error(field, str(self.refusal.sentence))
        return values


class RoleRights:
    """Rights by the admin role alone; Django's permission tables are not used."""

    def _is_admin(self, request: HttpRequest) -> bool:
        return actor_of(request).has_role(InternalRole.ADMIN)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the person sees the app."""
        return self._is_admin(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Whether the person may look."""
        return self._is_admin(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Whether the person may add."""
        return self._is_admin(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Whether the person may change."""
        return self._is_admin(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody deletes, unless a page says otherwise: facts end, they do not vanish."""
        return False


class ConfigurationInline(RoleRights, TabularInline):  # type: ignore[misc]
    """Rows edited on their parent's page."""

    extra = 0
    form = RefusalForm


class ConfigurationAdmin(RoleRights, ModelAdmin):  # type: ignore[misc]
    """A page on which administrators configure or repair."""

    form = RefusalForm
    actions = None
    list_per_page = 50
    show_full_result_count = False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Save in one transaction; what is refused comes back as an error on the same form."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]
        except IntegrityError as error:
            refusal = as_domain_error(error)
        except DomainError as error:
            refusal = error
        setattr(request, REFUSAL, refusal)
        return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]

    def get_form(
        self,
        request: HttpRequest,
        obj: Model | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> type[AnyForm]:
        """Return the form, which knows what the database refused a moment ago."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"refusal": getattr(request, REFUSAL, None)})

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Delete, or say why not."""
        try:
            with transaction.atomic():
                return super().delete_view(request, object_id, extra_context)  # type: ignore[no-any-return]
        except IntegrityError as error:
            self.message_user(request, str(as_domain_error(error).sentence), messages.ERROR)
            return HttpResponseRedirect(request.path)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Write the audit event beside Django's own log."""
        self._audit(request, "admin_added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Write the audit event beside Django's own log, with the fields that were changed."""
        self._audit(request, "admin_changed", obj, changes=message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> Any:
        """Write an audit event for each row beside Django's own log."""
        for obj in queryset:
            self._audit(request, "admin_deleted", obj)
        return super().log_deletions(request, queryset)

    def _audit(self, request: HttpRequest, action: str, obj: Model, *, changes: object = None) -> None:
        key = obj.pk if isinstance(obj.pk, int) else None
        audit.record(
            action=action,
            actor=actor_of(request),
            now=timezone.now(),
            target=obj if key is not None else None,
            data={"object": str(obj), "model": obj._meta.label_lower, "changes": changes or []},  # noqa: SLF001 - Django's own documented API
        )


class DeletableAdmin(ConfigurationAdmin):
    """A page whose rows may go while nothing stands on them; the database refuses the others."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Whether the person may delete."""
        return self._is_admin(request)


class ReadOnlyAdmin(ConfigurationAdmin):
    """A page to look at: evidence, and facts that other pages change."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody changes."""
        return False


class ReadOnlyInline(ConfigurationInline):
    """Rows to look at on their parent's page."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody changes."""
        return False


register = admin.register
