"""Things as the API shows them. Names and currencies are those of now: an entry does not keep them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import zip_longest
from typing import Any

from adapters.harvest.emulated.account import Account, Client, Company, Entry, Project, Rate, Role, Task, User
from adapters.harvest.emulated.forms import cents, stamp, time_text

SECONDS_PER_HOUR = 3600
MINUTES_PER_HOUR = 60


def hours_now(entry: Entry, now: datetime) -> Decimal:
    """What the web shows: with the timer that runs."""
    if entry.timer_started_at is None:
        return entry.hours
    return entry.hours + cents(Decimal(int((now - entry.timer_started_at).total_seconds())) / SECONDS_PER_HOUR)


def rounded(hours: Decimal, minutes: int) -> Decimal:
    """Up, to the account's increment."""
    if not minutes:
        return hours
    increments = (hours * MINUTES_PER_HOUR / minutes).to_integral_value(ROUND_CEILING)
    return cents(increments * minutes / MINUTES_PER_HOUR)


def view_entry(account: Account, entry: Entry, now: datetime) -> dict[str, Any]:
    project, task, user = account.projects[entry.project_id], account.tasks[entry.task_id], account.users[entry.user_id]
    client, company = account.clients[project.client_id], account.company
    invoice = account.invoices.get(entry.invoice_id) if entry.invoice_id is not None else None
    hours, timed = hours_now(entry, now), company.wants_timestamp_timers
    reference = entry.reference
    return {
        "id": entry.id,
        "spent_date": entry.spent_date.isoformat(),
        "hours": hours,
        "hours_without_timer": entry.hours,
        "rounded_hours": rounded(hours, company.rounding_minutes),
        "notes": entry.notes,
        "is_locked": entry.locked,
        "locked_reason": _locked_reason(entry),
        "is_closed": entry.closed,
        "is_billed": invoice is not None,
        "timer_started_at": stamp(entry.timer_started_at) if entry.timer_started_at else None,
        "started_time": time_text(entry.started, company.clock) if timed else None,
        "ended_time": time_text(entry.ended, company.clock) if timed else None,
        "is_running": entry.timer_started_at is not None,
        "billable": entry.billable,
        "budgeted": False,
        "billable_rate": entry.billable_rate if entry.billable else None,
        "cost_rate": entry.cost_rate,
        "created_at": stamp(entry.made_at),
        "updated_at": stamp(entry.updated_at),
        "user": {"id": user.id, "name": user.name},
        "client": {"id": client.id, "name": client.name, "currency": client.currency},
        "project": {"id": project.id, "name": project.name, "code": project.code},
        "task": {"id": task.id, "name": task.name},
        "user_assignment": _assignment(user.id, project, user.made_at, is_project_manager=user.access != "member"),
        "task_assignment": _assignment(task.id, project, task.made_at, billable=task.billable),
        "invoice": {"id": invoice.id, "number": invoice.number} if invoice else None,
        "external_reference": None
        if reference is None
        else {"id": reference.id, "group_id": reference.group_id, "account_id": str(company.id), "permalink": reference.permalink,
              "service": reference.service},
    }  # fmt: skip


def _locked_reason(entry: Entry) -> str | None:
    if not entry.locked:
        return None
    said = [word for word, holds in (("Invoiced", entry.invoice_id is not None), ("Approved", entry.closed)) if holds]
    return f"Item {' and '.join(said)} and Locked for this Time Period"


def _assignment(number: int, project: Project, made_at: datetime, **facts: bool) -> dict[str, Any]:
    made = stamp(max(made_at, project.made_at))
    shown = {"id": project.id * 1000 + number % 1000, "is_active": True, "budget": None, "created_at": made, "updated_at": made}
    return {**shown, **facts, "hourly_rate": project.hourly_rate}


def view_company(company: Company, base_url: str) -> dict[str, Any]:
    return {
        "base_uri": base_url,
        "full_domain": base_url.partition("://")[2],
        "name": company.name,
        "is_active": True,
        "week_start_day": "Monday",
        "wants_timestamp_timers": company.wants_timestamp_timers,
        "time_format": "decimal",
        "date_format": "%Y-%m-%d",
        "plan_type": "sponsored",
        "clock": company.clock,
        "currency_code_display": "iso_code_none",
        "currency_symbol_display": "symbol_before",
        "decimal_symbol": ".",
        "thousands_separator": ",",
        "color_scheme": "orange",
        "weekly_capacity": 126_000,
        "expense_feature": False,
        "invoice_feature": True,
        "estimate_feature": False,
        "approval_feature": True,
    }


def view_user(user: User, now: datetime) -> dict[str, Any]:
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": f"{user.id}@example.com",
        "telephone": "",
        "timezone": user.timezone,
        "has_access_to_all_future_projects": user.access == "administrator",
        "is_contractor": user.contractor,
        "is_active": user.active,
        "weekly_capacity": 126_000,
        "default_hourly_rate": _rate_of(user.billable_rates, now),
        "cost_rate": _rate_of(user.cost_rates, now),
        "roles": user.roles,
        "access_roles": [user.access],
        "avatar_url": "",
        **_stamps(user),
    }


def _rate_of(rates: Sequence[Rate], now: datetime) -> Decimal | None:
    started = [rate for rate in rates if rate.start_date is None or rate.start_date <= now.date()]
    return started[-1].amount if started else None


def view_client(client: Client) -> dict[str, Any]:
    shown = {"id": client.id, "name": client.name, "is_active": client.active, "address": "", "statement_key": f"{client.id:032x}"}
    return {**shown, "currency": client.currency, **_stamps(client)}


def view_project(account: Account, project: Project) -> dict[str, Any]:
    client = account.clients[project.client_id]
    return {
        "id": project.id,
        "name": project.name,
        "code": project.code,
        "is_active": project.active,
        "is_billable": project.billable,
        "is_fixed_fee": False,
        "bill_by": "Project" if project.hourly_rate is not None else "People",
        "hourly_rate": project.hourly_rate,
        "budget": None,
        "budget_by": "none",
        "budget_is_monthly": False,
        "notify_when_over_budget": False,
        "over_budget_notification_percentage": 80.0,
        "over_budget_notification_date": None,
        "show_budget_to_all": False,
        "cost_budget": None,
        "cost_budget_include_expenses": False,
        "fee": None,
        "notes": "",
        "starts_on": None,
        "ends_on": None,
        "client": {"id": client.id, "name": client.name, "currency": client.currency},
        **_stamps(project),
    }


def view_task(task: Task) -> dict[str, Any]:
    shown = {"id": task.id, "name": task.name, "billable_by_default": task.billable, "default_hourly_rate": None}
    return {**shown, "is_default": False, "is_active": task.active, **_stamps(task)}


def view_role(account: Account, role: Role) -> dict[str, Any]:
    people = [user.id for user in account.users.values() if role.name in user.roles]
    return {"id": role.id, "name": role.name, "user_ids": people, **_stamps(role)}


def view_rates(rates: Sequence[Rate]) -> list[dict[str, Any]]:
    """Each ends on the day before the next begins."""
    ends = [later.start_date - timedelta(days=1) if later.start_date else None for later in rates[1:]]
    return [
        {
            "id": rate.id,
            "amount": rate.amount,
            "start_date": rate.start_date.isoformat() if rate.start_date else None,
            "end_date": end.isoformat() if end else None,
            "created_at": stamp(rate.made_at),
            "updated_at": stamp(rate.made_at),
        }
        for rate, end in zip_longest(rates, ends)
    ]


def _stamps(one: User | Client | Project | Task | Role) -> dict[str, str]:
    return {"created_at": stamp(one.made_at), "updated_at": stamp(one.updated_at)}
