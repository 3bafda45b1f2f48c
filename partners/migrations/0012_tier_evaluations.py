"""Evaluations of tiers on frozen facts, warnings, and tiers by hand."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import prm.models.base
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0011_lifecycle_promises'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TierEvaluation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held', models.CharField(blank=True, max_length=64, verbose_name='computed before')),
                ('tier', models.CharField(blank=True, max_length=64, verbose_name='computed')),
                ('move', models.CharField(max_length=16, verbose_name='move')),
                ('notice', models.CharField(blank=True, max_length=16, verbose_name='warning')),
                ('figures', models.JSONField(verbose_name='figures')),
            ],
            options={
                'verbose_name': 'tier evaluation',
            },
        ),
        migrations.CreateModel(
            name='TierOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=prm.models.base.Uuid7(), editable=False, unique=True)),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='until (exclusive)')),
                ('valid', models.GeneratedField(db_persist=True, expression=models.Func(models.F('valid_from'), models.F('valid_until'), function='daterange'), output_field=django.contrib.postgres.fields.ranges.DateRangeField())),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('created_at', models.DateTimeField()),
                ('created_label', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'verbose_name': 'tier by hand',
            },
        ),
        migrations.CreateModel(
            name='TierRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_of', models.DateField(verbose_name='facts of')),
                ('evaluated_on', models.DateField(verbose_name='evaluated on')),
                ('effective_on', models.DateField(verbose_name='counts from')),
                ('is_review', models.BooleanField(verbose_name='half-yearly review')),
                ('ladder', models.JSONField(verbose_name='tiers and criteria')),
                ('created_at', models.DateTimeField()),
                ('actor', models.CharField(max_length=200, verbose_name='by')),
            ],
            options={
                'verbose_name': 'tier evaluation run',
            },
        ),
        migrations.CreateModel(
            name='TierWarning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('warned_on', models.DateField(verbose_name='warned on')),
                ('withdrawn_on', models.DateField(blank=True, null=True, verbose_name='withdrawn on')),
                ('carried_out_on', models.DateField(blank=True, null=True, verbose_name='carried out on')),
            ],
            options={
                'verbose_name': 'tier warning',
            },
        ),
        migrations.AddField(
            model_name='tier',
            name='mdf_share',
            field=models.DecimalField(db_default=0, decimal_places=3, default=0, help_text='How much of its sourced MRR a partner may ask for as market development funds (MDF).', max_digits=6, verbose_name='share of market development funds, %'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.CheckConstraint(condition=models.Q(('mdf_share__gte', 0), ('mdf_share__lte', 100)), name='tier_mdf_share_sane'),
        ),
        migrations.AddField(
            model_name='tierevaluation',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tier_evaluations', to='partners.partner'),
        ),
        migrations.AddField(
            model_name='tieroverride',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='tieroverride',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tier_overrides', to='partners.partner'),
        ),
        migrations.AddField(
            model_name='tieroverride',
            name='tier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='overrides', to='partners.tier'),
        ),
        migrations.AddConstraint(
            model_name='tierrun',
            constraint=models.UniqueConstraint(fields=('as_of',), name='tier_run_once'),
        ),
        migrations.AddConstraint(
            model_name='tierrun',
            constraint=models.CheckConstraint(condition=models.Q(('effective_on__day', 1), ('effective_on__gte', models.F('evaluated_on'))), name='tier_run_never_back_dated'),
        ),
        migrations.AddField(
            model_name='tierevaluation',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evaluations', to='partners.tierrun'),
        ),
        migrations.AddField(
            model_name='tierwarning',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tier_warnings', to='partners.partner'),
        ),
        migrations.AddField(
            model_name='tierwarning',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='warnings', to='partners.tierrun'),
        ),
        migrations.AddField(
            model_name='tierwarning',
            name='tier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='warnings', to='partners.tier'),
        ),
        migrations.AddConstraint(
            model_name='tieroverride',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_until__isnull', True), ('valid_from__lte', models.F('valid_until')), _connector='OR'), name='tier_override_dates_in_order'),
        ),
        migrations.AddConstraint(
            model_name='tieroverride',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__isnull', False), ('valid_until__isnull', False)), name='tier_override_has_days'),
        ),
        migrations.AddConstraint(
            model_name='tieroverride',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='tier_override_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='tieroverride',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('partner', '='), ('valid', '&&')], name='tier_override_no_overlap'),
        ),
        migrations.AddConstraint(
            model_name='tierevaluation',
            constraint=models.UniqueConstraint(fields=('run', 'partner'), name='tier_evaluation_once'),
        ),
        migrations.AddConstraint(
            model_name='tierwarning',
            constraint=models.UniqueConstraint(condition=models.Q(('carried_out_on__isnull', True), ('withdrawn_on__isnull', True)), fields=('partner',), name='tier_warning_one_stands'),
        ),
        migrations.AddConstraint(
            model_name='tierwarning',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawn_on__isnull', True), ('carried_out_on__isnull', True), _connector='OR'), name='tier_warning_ends_once'),
        ),
    ]
