"""What the database keeps of papers: their content as it was sent in, and those that were accepted; the first such step."""

from typing import ClassVar

from django.db import migrations

from partners.models.onboarding_seed import install_paper_steps

KEPT = """
CREATE TRIGGER onboarding_paper_is_kept
    BEFORE UPDATE OF step_id, name, media_type, size, digest, file, uploaded_at, uploaded_by_id, uploaded_label
    ON partners_onboardingpaper FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER onboarding_paper_accepted_stays BEFORE DELETE ON partners_onboardingpaper
    FOR EACH ROW WHEN (OLD.state = 'accepted') EXECUTE FUNCTION prm_refuse_change();
"""

UNDO = """
DROP TRIGGER onboarding_paper_accepted_stays ON partners_onboardingpaper;
DROP TRIGGER onboarding_paper_is_kept ON partners_onboardingpaper;
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("partners", "0010_onboarding_promises")]
    operations = [
        migrations.RunSQL(KEPT, UNDO),
        migrations.RunPython(install_paper_steps, migrations.RunPython.noop),
    ]
