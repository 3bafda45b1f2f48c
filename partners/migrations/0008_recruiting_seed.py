"""What applicants are asked, and the reasons that are offered, as the product brings them."""

from typing import ClassVar

from django.db import migrations

from partners.models.recruiting_seed import install_recruiting


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("partners", "0007_tier_promises")]
    operations = [migrations.RunPython(install_recruiting, migrations.RunPython.noop)]
