"""What runs by itself for partners; each is safe to run twice, and beside itself."""

from django.utils import timezone

from partners.services.applications.submitting import forget_unconfirmed
from partners.services.certifications import tell_of_expiry
from partners.services.onboarding import sweep_onboardings
from partners.services.surveys.mails import send_survey_mails
from partners.services.surveys.waves import ask_about_onboarding, open_due_wave
from partners.services.tiers.evaluation import evaluate_due
from prm.celery import app


@app.task(name="partners.open_due_survey")
def open_due_survey() -> None:
    """Open the half-yearly survey where it is due, and ask the people of partners that began a month ago."""
    now = timezone.now()
    open_due_wave(now=now)
    ask_about_onboarding(now=now)


@app.task(name="partners.send_survey_mails")
def send_survey_mails_often() -> None:
    """Write invitations and reminders."""
    send_survey_mails(now=timezone.now())


@app.task(name="partners.evaluate_tiers")
def evaluate_tiers_monthly() -> None:
    """Evaluate the month that is over, once."""
    evaluate_due(now=timezone.now())


@app.task(name="partners.forget_applications")
def forget_applications() -> None:
    """Forget applications whose address was never confirmed."""
    forget_unconfirmed(now=timezone.now())


@app.task(name="partners.tell_of_expiry")
def tell_of_expiry_daily() -> None:
    """Write to the people whose certification expires soon, once each."""
    tell_of_expiry(now=timezone.now())


@app.task(name="partners.sweep_onboardings")
def sweep_onboardings_often() -> None:
    """Complete the steps that facts complete, activate who is ready, remind of what is overdue."""
    sweep_onboardings(now=timezone.now())
