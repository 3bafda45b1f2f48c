"""People who sign in: one account per person, whatever partners they belong to."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from prm.actors import InternalRole
from prm.models.base import PublicModel


class UserManager(BaseUserManager["User"]):
    """Makes people; e-mail addresses are kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a person; without a password they cannot sign in until they set one."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make an administrator with every internal role (the ``createsuperuser`` command)."""
        fields.setdefault("roles", [str(role) for role in InternalRole])
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a person by e-mail, in any case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin, PublicModel):
    """A person. Internal people hold ``roles`` that add up; partners' people hold memberships."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=160, blank=True)
    roles = ArrayField(
        models.CharField(max_length=32, choices=[(role.value, role.value) for role in InternalRole]),
        verbose_name=_("internal roles"),
        default=list,
        blank=True,
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    loopback_only = models.BooleanField(
        _("signs in from this machine only"),
        default=False,
        db_default=False,
        help_text=_("For people of the demonstration, whose passwords are printed."),
    )
    language = models.CharField(_("language"), max_length=16, blank=True)
    shortcuts_enabled = models.BooleanField(_("keyboard shortcuts"), default=True)
    session_epoch = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text=_("Part of every session's digest: one more ends them all.")
    )
    second_factor_asked_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("When a second way to sign in was first asked for.")
    )
    date_joined = models.DateTimeField(_("joined"), auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(name="user_email_lower_case", condition=Q(email=Lower("email"))),
            models.CheckConstraint(
                name="user_roles_known",
                condition=Q(roles__contained_by=[role.value for role in InternalRole]),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """Return the digest that every session of this person carries; ``session_epoch`` is part of it."""
        if not self.session_epoch:
            return super()._get_session_auth_hash(secret=secret)  # type: ignore[no-any-return,misc]
        text = f"{self.password}:{self.session_epoch}"
        return salted_hmac("prm.User.session", text, secret=secret, algorithm="sha256").hexdigest()

    @property
    def initials(self) -> str:
        """Return one or two letters for the account menu."""
        words = (self.name or self.email).split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
