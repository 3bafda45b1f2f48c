"""What runs by itself for deals; each is safe to run twice, and beside itself."""

from django.utils import timezone

from deals.batch.rollups import refresh_rollups
from deals.services.candidates import compare_waiting
from deals.services.ending import end_credits_of_terminated
from deals.services.expiry import expire_registrations
from deals.services.leads import sweep_leads
from deals.services.release import revoke_of_terminated
from deals.services.reminding import remind_of_protection
from deals.services.settling_letters import settle_letters
from prm.celery import app
from prm.models import Program


@app.task(name="deals.expire_registrations")
def expire_registrations_daily() -> None:
    """End what is over."""
    expire_registrations(now=timezone.now())


@app.task(name="deals.revoke_registrations")
def revoke_registrations() -> None:
    """Revoke what partners hold whose partnership ended, and end their credits on the chosen day."""
    revoke_of_terminated(now=timezone.now())
    end_credits_of_terminated(now=timezone.now())


@app.task(name="deals.remind_of_protection")
def remind_daily() -> None:
    """Warn before protection ends, and of deals on which nothing is reported."""
    remind_of_protection(now=timezone.now())


@app.task(name="deals.sweep_leads")
def sweep_leads_often() -> None:
    """Offer new leads and pass on unanswered ones; safe to run twice."""
    sweep_leads(now=timezone.now())


@app.task(name="deals.compare_accounts")
def compare_accounts() -> None:
    """Put new and renamed customers beside those that look like them; safe to run beside itself."""
    compare_waiting(now=timezone.now())


@app.task(name="deals.settle_letters")
def settle_letters_hourly() -> None:
    """Put partner-of-record letters in force whose day has come."""
    settle_letters(now=timezone.now())


@app.task(name="deals.refresh_rollups")
def refresh_rollups_often() -> None:
    """Roll up MRR of the days that are missing or changed; another one at work is left to it."""
    refresh_rollups(today=Program.current().day_of(timezone.now()))
