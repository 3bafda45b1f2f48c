"""The kernel's functions and tables. What the database keeps of them beyond constraints is in the files that follow."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import prm.models.base
import prm.models.program
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations, models


UUID7 = """
-- A time-ordered UUID (RFC 9562, version 7): 48 bits of milliseconds, the rest random. A random version 4
-- UUID already carries the variant; setting two more bits of its version nibble (0100) makes it 7 (0111).
CREATE FUNCTION prm_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                    PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                    FROM 1 FOR 6),
            52, 1), 53, 1), 'hex')::uuid
$$;
"""

REFUSE_CHANGE = """
-- For tables whose rows are evidence: whatever is tried is refused, for the owner of the table too.
CREATE FUNCTION prm_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are kept as they were written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'immutable';
END
$$;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies: ClassVar[list[tuple[str, str]]] = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        BtreeGistExtension(),
        TrigramExtension(),
        migrations.RunSQL(UUID7, "DROP FUNCTION prm_uuid7()"),
        migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION prm_refuse_change()"),
        migrations.CreateModel(
            name='Currency',
            fields=[
                ('code', models.CharField(max_length=3, primary_key=True, serialize=False)),
                ('minor_units', models.PositiveSmallIntegerField()),
            ],
            options={
                'verbose_name_plural': 'currencies',
            },
        ),
        migrations.CreateModel(
            name='NumberSeries',
            fields=[
                ('name', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('last', models.BigIntegerField(default=0)),
            ],
            options={
                'verbose_name_plural': 'number series',
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('public_id', models.UUIDField(db_default=prm.models.base.Uuid7(), editable=False, unique=True)),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail')),
                ('name', models.CharField(blank=True, max_length=160, verbose_name='name')),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('channel_manager', 'channel_manager'), ('finance', 'finance'), ('admin', 'admin'), ('viewer', 'viewer')], max_length=32), blank=True, default=list, size=None, verbose_name='internal roles')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_staff', models.BooleanField(default=False, verbose_name='may open the admin')),
                ('language', models.CharField(blank=True, max_length=16, verbose_name='language')),
                ('shortcuts_enabled', models.BooleanField(default=True, verbose_name='keyboard shortcuts')),
                ('date_joined', models.DateTimeField(auto_now_add=True, verbose_name='joined')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('loopback_only', models.BooleanField(db_default=False, default=False, help_text='For people of the demonstration, whose passwords are printed.', verbose_name='signs in from this machine only')),
                ('second_factor_asked_at', models.DateTimeField(blank=True, editable=False, help_text='When a second way to sign in was first asked for.', null=True)),
                ('session_epoch', models.PositiveIntegerField(db_default=0, default=0, editable=False, help_text="Part of every session's digest: one more ends them all.")),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
                'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='user_email_lower_case'), models.CheckConstraint(condition=models.Q(('roles__contained_by', ['channel_manager', 'finance', 'admin', 'viewer'])), name='user_roles_known')],
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, verbose_name='at')),
                ('actor', models.CharField(max_length=200, verbose_name='actor')),
                ('channel', models.CharField(max_length=16, verbose_name='from')),
                ('action', models.CharField(db_index=True, max_length=64, verbose_name='action')),
                ('object_type', models.CharField(max_length=64, verbose_name='object')),
                ('object_id', models.BigIntegerField(null=True)),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('data', models.JSONField(blank=True, default=dict)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'audit event',
                'indexes': [models.Index(fields=['object_type', 'object_id', '-at'], name='audit_by_object')],
            },
        ),
        migrations.CreateModel(
            name='FxRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('month', models.DateField(verbose_name='month')),
                ('per_eur', models.DecimalField(decimal_places=8, max_digits=18)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('currency', 'month'), name='fx_rate_once'), models.CheckConstraint(condition=models.Q(('per_eur__gt', 0)), name='fx_rate_positive'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='fx_rate_month_first_day')],
            },
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=prm.models.base.Uuid7(), editable=False, unique=True)),
                ('topic', models.CharField(max_length=64)),
                ('key', models.CharField(blank=True, help_text='Messages of one key are relayed in order.', max_length=120)),
                ('payload', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('available_at', models.DateTimeField()),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('failed_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True)),
            ],
            options={
                'verbose_name': 'outbox message',
                'indexes': [models.Index(condition=models.Q(('failed_at__isnull', True), ('sent_at__isnull', True)), fields=['available_at', 'id'], name='outbox_waiting')],
            },
        ),
        migrations.CreateModel(
            name='Program',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(default='Partner program', max_length=120, verbose_name='program name')),
                ('vendor_name', models.CharField(default='Vendor', max_length=120, verbose_name="vendor's name")),
                ('base_currency', models.CharField(default='EUR', max_length=3, verbose_name='currency')),
                ('timezone', models.CharField(default='UTC', max_length=64, validators=[prm.models.program.validate_timezone], verbose_name='time zone')),
                ('first_period', models.DateField(blank=True, help_text='Nothing before this month is entitled. Empty: no limit.', null=True, verbose_name='first period')),
                ('four_eyes', models.BooleanField(default=True, verbose_name='a second person approves commission runs')),
                ('minimum_expected_mrr', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='minimum expected MRR')),
                ('decision_sla_business_days', models.PositiveSmallIntegerField(default=2, verbose_name='decision due in business days')),
                ('checks_per_day', models.PositiveSmallIntegerField(default=30, verbose_name='availability checks of customers per partner and day')),
                ('accent_color', models.CharField(blank=True, max_length=7, verbose_name='accent colour')),
                ('dispute_cutoff_days', models.PositiveSmallIntegerField(default=60, verbose_name='days after a statement in which it may be disputed')),
                ('dispute_sla_business_days', models.PositiveSmallIntegerField(default=10, verbose_name='disputes answered in business days')),
                ('calculation_day', models.PositiveSmallIntegerField(default=2, help_text="A day of the month, 1 to 28, in the program's time zone. 0: only by hand.", verbose_name='day on which the month before is calculated by itself')),
                ('survey_month', models.PositiveSmallIntegerField(db_default=5, default=5, help_text='1 to 6, and again six months later, on the first day. 0: only by hand.', verbose_name='month in which the satisfaction survey opens by itself')),
                ('tier_review_month', models.PositiveSmallIntegerField(db_default=1, default=1, help_text='1 to 6, and again six months later. Going up needs no review.', verbose_name='month in which tiers are reviewed downwards')),
                ('gross_margin', models.DecimalField(blank=True, decimal_places=4, help_text='What is left of a euro of MRR; lifetime value and return are counted with it.', max_digits=7, null=True, verbose_name='gross margin, %')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='program_is_one_row'), models.CheckConstraint(condition=models.Q(('first_period__isnull', True), ('first_period__day', 1), _connector='OR'), name='program_first_period_is_a_month'), models.CheckConstraint(condition=models.Q(('calculation_day__lte', 28)), name='program_calculation_day_in_every_month'), models.CheckConstraint(condition=models.Q(('survey_month__lte', 6)), name='program_survey_month_of_half_year'), models.CheckConstraint(condition=models.Q(('tier_review_month__gte', 1), ('tier_review_month__lte', 6)), name='program_review_month_of_half_year'), models.CheckConstraint(condition=models.Q(('gross_margin__isnull', True), models.Q(('gross_margin__gte', 0), ('gross_margin__lte', 100)), _connector='OR'), name='program_gross_margin_is_a_share')],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client', models.CharField(max_length=80)),
                ('method', models.CharField(max_length=8)),
                ('path', models.CharField(max_length=500)),
                ('key', models.CharField(max_length=255)),
                ('body_hash', models.CharField(max_length=64)),
                ('claim', models.UUIDField()),
                ('claimed_at', models.DateTimeField()),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('headers', models.JSONField(default=dict)),
                ('body', models.JSONField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['claimed_at'], name='idempotency_by_age')],
                'constraints': [models.UniqueConstraint(fields=('client', 'method', 'path', 'key'), name='idempotency_key_once')],
            },
        ),
        migrations.CreateModel(
            name='PriceIndex',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(unique=True, verbose_name='month')),
                ('value', models.DecimalField(decimal_places=8, max_digits=18, verbose_name='index')),
            ],
            options={
                'verbose_name': 'price index',
                'verbose_name_plural': 'price index',
                'ordering': ['month'],
                'constraints': [models.CheckConstraint(condition=models.Q(('value__gt', 0)), name='price_index_positive'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='price_index_month_first_day')],
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='name')),
            ],
            options={
                'verbose_name': 'public holiday',
                'verbose_name_plural': 'public holidays',
                'ordering': ['day'],
                'constraints': [models.UniqueConstraint(fields=('day',), name='holiday_once')],
            },
        ),
    ]
