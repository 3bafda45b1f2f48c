"""What the database keeps of agreements: texts and acceptances as they were written; and the first checklists."""

from typing import ClassVar

from django.db import migrations

from partners.models.onboarding_seed import install_checklists

KEPT = """
CREATE TRIGGER agreement_acceptance_is_kept BEFORE UPDATE OR DELETE ON partners_agreementacceptance
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER agreement_acceptance_is_never_truncated BEFORE TRUNCATE ON partners_agreementacceptance
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER agreement_text_is_kept BEFORE UPDATE OF agreement, version, text, sha256, published_at
    ON partners_agreementtext FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER agreement_text_stays BEFORE DELETE ON partners_agreementtext
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
"""

UNDO = """
DROP TRIGGER agreement_text_stays ON partners_agreementtext;
DROP TRIGGER agreement_text_is_kept ON partners_agreementtext;
DROP TRIGGER agreement_acceptance_is_never_truncated ON partners_agreementacceptance;
DROP TRIGGER agreement_acceptance_is_kept ON partners_agreementacceptance;
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("partners", "0009_profiles")]
    operations = [
        migrations.RunSQL(KEPT, UNDO),
        migrations.RunPython(install_checklists, migrations.RunPython.noop),
    ]
