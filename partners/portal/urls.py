"""Addresses of home and account, under ``/portal/``."""

from django.urls import path

from partners.portal import activity, onboarding, onboarding_files, payouts, people, plans, progress, reviews, views

app_name = "partners_portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("onboarding/", onboarding.checklist, name="onboarding"),
    path("onboarding/<uuid:public_id>/done/", onboarding.done, name="onboarding_done"),
    path("onboarding/<uuid:public_id>/files/", onboarding_files.add, name="onboarding_files"),
    path("onboarding/files/<uuid:public_id>/", onboarding_files.file, name="onboarding_file"),
    path("activity/", activity.activity, name="activity"),
    path("activity/activity.csv", activity.activity_csv, name="activity_csv"),
    path("agreement/", onboarding.agreement, name="agreement"),
    path("company/", views.company, name="company"),
    path("plan/", plans.plan, name="plan"),
    path("plan/plan.csv", plans.plan_file, name="plan_csv"),
    path("plan/actions/<uuid:public_id>/", plans.mark, name="action_mark"),
    path("plan/<uuid:public_id>/answer/", plans.answer, name="plan_answer"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/<uuid:public_id>/", reviews.review, name="review"),
    path("progress/", progress.progress, name="progress"),
    path("payout-details/", payouts.details, name="payouts"),
    path("payout-details/account/", payouts.account, name="payout_account"),
    path("payout-details/tax-form/", payouts.tax_form, name="tax_form"),
    path("payout-details/self-billing/", payouts.self_billing, name="self_billing"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/invitations/<uuid:public_id>/", people.invitation, name="invitation"),
    path("people/<uuid:person>/", people.person, name="person"),
    path("switch/", views.switch, name="switch"),
]
