"""Makes the site of this project the default of ``django.contrib.admin``."""

from django.contrib.admin.apps import AdminConfig


class PrmAdminConfig(AdminConfig):
    """Stands in ``INSTALLED_APPS`` in place of ``django.contrib.admin``."""

    default_site = "prm.adminsite.site.PrmAdminSite"
