"""Whom a survey asks, what they say, and whom somebody promised to call."""

import django.db.models.deletion
import prm.models.base
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0006_signed_agreements'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PsatFollowUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=prm.models.base.Uuid7(), editable=False, unique=True)),
                ('opened_at', models.DateTimeField(verbose_name='opened')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='what came of it')),
            ],
            options={
                'verbose_name': 'PSAT follow-up',
            },
        ),
        migrations.AddField(
            model_name='psatinvitation',
            name='comment',
            field=models.TextField(blank=True, db_default='', verbose_name='comment'),
        ),
        migrations.AddField(
            model_name='psatinvitation',
            name='country',
            field=models.CharField(blank=True, db_default='', max_length=2, verbose_name='country'),
        ),
        migrations.AddField(
            model_name='psatinvitation',
            name='mailed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='psatinvitation',
            name='manager',
            field=models.CharField(blank=True, db_default='', max_length=254, verbose_name='channel manager'),
        ),
        migrations.AddField(
            model_name='psatinvitation',
            name='may_contact',
            field=models.BooleanField(db_default=False, default=False, verbose_name='may be contacted'),
        ),
        migrations.AddField(
            model_name='psatinvitation',
            name='reminded_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='psatinvitation',
            name='reminders',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='psatinvitation',
            name='tier',
            field=models.CharField(blank=True, db_default='', max_length=64, verbose_name='tier'),
        ),
        migrations.AddField(
            model_name='psatinvitation',
            name='type',
            field=models.CharField(blank=True, db_default='', max_length=24, verbose_name='type'),
        ),
        migrations.AddField(
            model_name='psatwave',
            name='frozen_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='invitations frozen'),
        ),
        migrations.AddField(
            model_name='psatwave',
            name='opened_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='opened'),
        ),
        migrations.AddConstraint(
            model_name='psatinvitation',
            constraint=models.CheckConstraint(condition=models.Q(('score__isnull', False), models.Q(('comment', ''), ('may_contact', False)), _connector='OR'), name='psat_contact_needs_answer'),
        ),
        migrations.AddConstraint(
            model_name='psatinvitation',
            constraint=models.CheckConstraint(condition=models.Q(('reminders__lte', 2)), name='psat_reminders_bounded'),
        ),
        migrations.AddConstraint(
            model_name='psatwave',
            constraint=models.CheckConstraint(condition=models.Q(('opened_at__isnull', True), models.Q(('closes_on__gte', models.F('opened_on')), ('closes_on__isnull', False)), _connector='OR'), name='psat_wave_dates_in_order'),
        ),
        migrations.AddConstraint(
            model_name='psatwave',
            constraint=models.CheckConstraint(condition=models.Q(('frozen_at__isnull', True), ('opened_at__isnull', False), _connector='OR'), name='psat_wave_frozen_is_open'),
        ),
        migrations.AddField(
            model_name='psatfollowup',
            name='done_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='psatfollowup',
            name='invitation',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='follow_up', to='partners.psatinvitation'),
        ),
        migrations.AddConstraint(
            model_name='psatfollowup',
            constraint=models.CheckConstraint(condition=models.Q(('done_at__isnull', False), models.Q(('done_by__isnull', True), ('note', '')), _connector='OR'), name='psat_follow_up_done_is_said'),
        ),
    ]
