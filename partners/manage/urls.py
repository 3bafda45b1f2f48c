"""Addresses of the console's pages about partners, under ``/manage/partners/``."""

from django.urls import path

from partners.manage import applications, certifications, payees, people, surveys, tier_editor, tiers, views

app_name = "partners_manage"
urlpatterns = [
    path("", views.partners, name="partners"),
    path("partners.csv", views.partners_csv, name="partners_csv"),
    path("satisfaction/", surveys.results, name="satisfaction"),
    path("satisfaction/satisfaction.csv", surveys.results_csv, name="satisfaction_csv"),
    path("satisfaction/open/", surveys.open_survey, name="survey_open"),
    path("satisfaction/follow-ups/<uuid:public_id>/", surveys.follow_up, name="survey_follow_up"),
    path("satisfaction/<slug:wave>/close/", surveys.close_survey, name="survey_close"),
    path("applications/", applications.queue, name="applications"),
    path("applications/applications.csv", applications.queue_csv, name="applications_csv"),
    path("applications/several/", applications.several, name="applications_several"),
    path("applications/<uuid:public_id>/", applications.application, name="application"),
    path("applications/<uuid:public_id>/act/", applications.act, name="application_act"),
    path("tiers/", tiers.tiers, name="tiers"),
    path("tiers/tiers.csv", tiers.tiers_csv, name="tiers_csv"),
    path("tiers/criteria/", tier_editor.edit, name="tier_editor"),
    path("tiers/runs/<str:as_of>/", tiers.run, name="tier_run"),
    path("certifications/", certifications.certifications, name="certifications"),
    path("certifications/certifications.csv", certifications.certifications_csv, name="certifications_csv"),
    path("certifications/record/", certifications.record, name="certification_record"),
    path("<slug:code>/tier/", tiers.partner_tier, name="partner_tier"),
    path("<slug:code>/tier/<uuid:public_id>/end/", tiers.end_override, name="tier_end"),
    path("payout-details/", payees.queue, name="payees"),
    path("<slug:code>/payout-details/", payees.payee, name="payee"),
    path("<slug:code>/payout-details/act/", payees.act, name="payee_act"),
    path("<slug:code>/", views.partner, name="partner"),
    path("<slug:code>/people/", people.people, name="people"),
    path("<slug:code>/people/invite/", people.invite, name="invite"),
    path("<slug:code>/people/invitations/<uuid:public_id>/", people.invitation, name="invitation"),
    path("<slug:code>/people/<uuid:person>/view-as/", people.view_as, name="view_as"),
    path("<slug:code>/people/<uuid:person>/", people.person, name="person"),
    path("<slug:code>/status/", views.status, name="status"),
    path("<slug:code>/terminate/", views.terminate, name="terminate"),
]
