"""Configuration of the app: the kernel."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from prm import navigation
from prm.actors import InternalRole
from prm.errors import register_constraints
from prm.metrics import register_together


class PrmConfig(AppConfig):
    """Registers the app with Django."""

    name = "prm"
    verbose_name = _("Program")

    def ready(self) -> None:
        """Load the Celery application, so that tasks sent from any process find the broker; register the words."""
        from prm import mail, outbox  # noqa: PLC0415 - models load before
        from prm.models.sentences import SENTENCES  # noqa: PLC0415 - models load before

        import_module("prm.celery")
        outbox.subscribe(mail.TOPIC, mail.deliver)
        register_constraints(SENTENCES)
        register_together("prm", import_module("prm.calendar_days").zone_kept)
        import_module("prm.interchange.registered").register()
        navigation.register(
            navigation.Item(
                area="console",
                label=_("Import"),
                url_name="prm_manage:import",
                position=80,
                visible=lambda actor: actor.has_role(InternalRole.ADMIN),
            )
        )
