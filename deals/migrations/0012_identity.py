"""Identity: kept hosts, candidates that a person decides, merges with every row that they moved."""

from typing import ClassVar

import django.db.models.deletion
import django.db.models.functions.comparison
import prm.models.base
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ('deals', '0011_lead_promises'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountMerge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=prm.models.base.Uuid7(), editable=False, unique=True)),
                ('merged_at', models.DateTimeField(verbose_name='merged')),
                ('merged_by', models.CharField(max_length=200, verbose_name='merged by')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone')),
                ('undone_by', models.CharField(blank=True, max_length=200, verbose_name='undone by')),
            ],
            options={
                'verbose_name': 'merge of customers',
                'verbose_name_plural': 'merges of customers',
                'ordering': ['-merged_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='AccountMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_type', models.CharField(help_text="The row's model, such as deals.registration.", max_length=64, verbose_name='what')),
                ('row_key', models.CharField(help_text="The row's primary key.", max_length=253, verbose_name='which')),
                ('label', models.CharField(blank=True, max_length=250, verbose_name='name')),
                ('before', models.JSONField(verbose_name='before')),
                ('after', models.JSONField(verbose_name='after')),
                ('returned_at', models.DateTimeField(blank=True, null=True, verbose_name='returned')),
            ],
            options={
                'verbose_name': 'row moved by a merge',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='AccountToCompare',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='deals.account')),
            ],
            options={
                'verbose_name': 'customer to compare',
            },
        ),
        migrations.CreateModel(
            name='KeptHost',
            fields=[
                ('domain', models.CharField(max_length=253, primary_key=True, serialize=False, verbose_name='host')),
                ('kind', models.CharField(choices=[('free_mail', 'Free mail: identifies nobody'), ('shared_host', 'Shared host: identifies nobody'), ('own', 'A company’s own: identifies it, whatever the product’s list says')], max_length=16, verbose_name='kind')),
                ('reason', models.CharField(blank=True, max_length=250, verbose_name='reason')),
                ('added_at', models.DateTimeField(verbose_name='added')),
                ('added_by', models.CharField(max_length=200, verbose_name='added by')),
            ],
            options={
                'verbose_name': 'kept host',
                'ordering': ['domain'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='accountcandidate',
            name='candidate_once',
        ),
        # From now on two customers are compared once, whatever the reason and whoever came first.
        migrations.RunSQL(
            """
            DELETE FROM deals_accountcandidate later USING deals_accountcandidate first
            WHERE first.id < later.id
              AND least(first.account_id, first.other_id) = least(later.account_id, later.other_id)
              AND greatest(first.account_id, first.other_id) = greatest(later.account_id, later.other_id)
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AddField(
            model_name='account',
            name='merged_into',
            field=models.ForeignKey(blank=True, help_text='The customer that this one turned out to be; its external id leads there.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_accounts', to='deals.account'),
        ),
        migrations.AddField(
            model_name='account',
            name='readings',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, help_text='How the name is compared; a trigger keeps the search table by it.'),
        ),
        migrations.AddField(
            model_name='accountcandidate',
            name='decided_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='decided'),
        ),
        migrations.AddField(
            model_name='accountcandidate',
            name='decided_by',
            field=models.CharField(blank=True, max_length=200, verbose_name='decided by'),
        ),
        migrations.AddField(
            model_name='accountcandidate',
            name='decision',
            field=models.CharField(blank=True, choices=[('', 'Open'), ('same', 'The same'), ('different', 'Different')], default='', max_length=16, verbose_name='decision'),
        ),
        migrations.AddField(
            model_name='accountcandidate',
            name='public_id',
            field=models.UUIDField(db_default=prm.models.base.Uuid7(), editable=False, unique=True),
        ),
        migrations.AlterField(
            model_name='accountcandidate',
            name='other',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='candidates_as_other', to='deals.account'),
        ),
        migrations.AlterField(
            model_name='accountcandidate',
            name='reason',
            field=models.CharField(choices=[('duplicate_domain', 'Same domain'), ('similar_name', 'Similar name')], max_length=32, verbose_name='reason'),
        ),
        migrations.AddIndex(
            model_name='accountcandidate',
            index=models.Index(condition=models.Q(('decision', '')), fields=['-score', 'id'], name='candidates_open'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), models.Q(('merged_into', models.F('id')), _negated=True), _connector='OR'), name='account_merged_into_another'),
        ),
        migrations.AddConstraint(
            model_name='accountcandidate',
            constraint=models.UniqueConstraint(django.db.models.functions.comparison.Least('account', 'other'), django.db.models.functions.comparison.Greatest('account', 'other'), name='candidate_once'),
        ),
        migrations.AddConstraint(
            model_name='accountcandidate',
            constraint=models.CheckConstraint(condition=models.Q(('decision__in', ['', 'same', 'different'])), name='candidate_decision_known'),
        ),
        migrations.AddConstraint(
            model_name='accountcandidate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decision', '')), models.Q(models.Q(('decision', ''), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='candidate_decision_dated'),
        ),
        migrations.AddField(
            model_name='accountmerge',
            name='merged',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges_as_merged', to='deals.account'),
        ),
        migrations.AddField(
            model_name='accountmerge',
            name='survivor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to='deals.account'),
        ),
        migrations.AddField(
            model_name='accountmerge',
            name='user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='accountmove',
            name='merge',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='moves', to='deals.accountmerge'),
        ),
        migrations.AddConstraint(
            model_name='kepthost',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['free_mail', 'shared_host', 'own'])), name='kept_host_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='kepthost',
            constraint=models.CheckConstraint(condition=models.Q(('domain__regex', '^[a-z0-9][a-z0-9.-]*\\.[a-z0-9-]+$')), name='kept_host_in_small_letters'),
        ),
        migrations.AddConstraint(
            model_name='accountmerge',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('merged',), name='merged_once'),
        ),
        migrations.AddConstraint(
            model_name='accountmerge',
            constraint=models.CheckConstraint(condition=models.Q(('survivor', models.F('merged')), _negated=True), name='merge_of_two'),
        ),
        migrations.AddConstraint(
            model_name='accountmerge',
            constraint=models.CheckConstraint(condition=models.Q(('undone_at__isnull', True), ('undone_at__gte', models.F('merged_at')), _connector='OR'), name='merge_undone_later'),
        ),
        migrations.AddConstraint(
            model_name='accountmove',
            constraint=models.UniqueConstraint(fields=('merge', 'row_type', 'row_key'), name='moved_once_by_a_merge'),
        ),
    ]
