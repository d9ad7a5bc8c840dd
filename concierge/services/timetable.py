"""The timetable as data: every job, when it is due, and the use case it calls (domain §4.2).

A use case is called as `work(session, actor=the machine, now=now)` for each district. It must be harmless when it runs
twice. Jobs of the whole site are called as `work(place, now)` once.
"""

from dataclasses import dataclass
from datetime import time

from concierge.basics.text import Text, _
from concierge.rules.times import Daily, Every, When

CLOSING = time(17, 30)


@dataclass(frozen=True)
class Entry:
    """One job of the timetable; `work` is "module:function"."""

    name: str
    title: Text
    when: When
    work: str
    whole_site: bool = False


TIMETABLE: tuple[Entry, ...] = (
    Entry(
        "match",
        _("Match policies with experts"),
        Daily(time(2, 0), working=False),
        "concierge.services.nightly_match:match_changed",
    ),
    Entry(
        "elsewhere",
        _("Look for benefits granted twice, in two districts"),
        Daily(time(2, 40), working=False),
        "concierge.services.elsewhere:look_at_all",
    ),
    Entry(
        "corrections-of-rights",
        _("Correct rights under a version that holds for everybody"),
        Daily(time(1, 0), working=False),
        "concierge.services.corrections:correct_rights",
    ),
    Entry(
        "service-days",
        _("Days of service that hosts confirmed become due"),
        Daily(time(1, 30), working=False),
        "concierge.services.confirmed_days:grant_confirmed",
    ),
    Entry(
        "couples",
        _("Join couples who name each other"),
        Daily(time(1, 15), working=False),
        "concierge.services.couples:join_apart",
    ),
    Entry(
        "service-facts",
        _("Count the service that hosts confirmed"),
        Daily(time(1, 45), working=False),
        "concierge.services.service_facts:count_service",
    ),
    Entry(
        "stale-cards",
        _("Knowledge cards whose policy was superseded"),
        Daily(time(5, 0), working=False),
        "concierge.services.knowledge:mark_stale",
    ),
    Entry(
        "suspensions",
        _("Suspend benefits that a fact stops"),
        Daily(time(3, 0), working=False),
        "concierge.services.suspensions:suspend_by_facts",
    ),
    Entry(
        "endings",
        _("Propose to end benefits that a fact ends"),
        Daily(time(3, 10), working=False),
        "concierge.services.endings:end_by_facts",
    ),
    Entry(
        "recoveries",
        _("Open the recovery of what was paid too much"),
        Daily(time(2, 40), working=False),
        "concierge.services.overpayments:open_recoveries",
    ),
    Entry(
        "instalments",
        _("Instalments due within 30 days, and what can be claimed"),
        Daily(time(6, 0), working=False),
        "concierge.services.supervision:announce_instalments",
    ),
    Entry(
        "windows-soon",
        _("What has to be claimed within a month"),
        Daily(time(6, 10), working=False),
        "concierge.services.claim_windows:warn_of_windows",
    ),
    Entry(
        "windows",
        _("Close the windows of what was not claimed"),
        Daily(time(6, 20), working=False),
        "concierge.services.claim_windows:close_windows",
    ),
    Entry(
        "ended-rights",
        _("Complete what has ended"),
        Daily(time(6, 30), working=False),
        "concierge.services.entitlements:complete_ended",
    ),
    Entry(
        "digest",
        _("Morning digests of the units (mailed at 08:30)"),
        Daily(time(8, 15), until=CLOSING),
        "concierge.services.supervision:morning_digests",
    ),
    Entry(
        "pauses",
        _("End pauses that are over their longest time"),
        Daily(time(7, 40)),
        "concierge.services.pauses:end_overlong",
    ),
    Entry("nudge", _("Reminders of late cases"), Every(15, in_hours=True), "concierge.services.supervision:nudge"),
    Entry(
        "escalate",
        _("Escalation of cases more than five working days late"),
        Every(15, in_hours=True),
        "concierge.services.supervision:escalate",
    ),
    Entry(
        "sheets",
        _("Issue supervision sheets and tell those in charge"),
        Daily(time(9, 45)),
        "concierge.services.supervision_sheets:supervise",
    ),
    Entry("postings", _("End of publicity postings"), Every(15), "concierge.services.publicity:end_postings"),
    Entry(
        "packages",
        _("Go on with packages whose recognition is decided"),
        Every(15),
        "concierge.services.packages:advance",
    ),
    Entry(
        "unaccepted",
        _("Claims nobody answered in time are deemed accepted"),
        Daily(time(8, 30)),
        "concierge.services.claim_deadlines:accept_unanswered",
    ),
    Entry(
        "promises",
        _("Stop claims whose promised papers did not come"),
        Daily(time(8, 40)),
        "concierge.services.claim_deadlines:stop_unfilled",
    ),
    Entry(
        "corrections",
        _("Withdraw claims whose papers did not come"),
        Daily(time(18, 0)),
        "concierge.services.claim_deadlines:withdraw_unanswered",
    ),
    Entry(
        "bounces",
        _("Reminders of returned payments"),
        Daily(time(9, 5)),
        "concierge.services.supervision:chase_bounces",
    ),
    Entry(
        "unanswered",
        _("Payments the bank has not answered for"),
        Daily(time(9, 0)),
        "concierge.services.differences:open_unanswered",
    ),
    Entry(
        "budget",
        _("Budget lines nearly used up"),
        Daily(time(8, 0)),
        "concierge.services.foresight:warn_of_low_lines",
    ),
    Entry(
        "year-end",
        _("Approved and unpaid before the year closes"),
        Daily(time(9, 10), months=(9, 10, 11, 12)),
        "concierge.services.foresight:warn_of_year_end",
    ),
    Entry(
        "vouchers",
        _("Vouchers that were not used in time"),
        Daily(time(0, 40), working=False),
        "concierge.services.vouchers:expire_vouchers",
    ),
    Entry(
        "review-open",
        _("Open the annual review"),
        Daily(time(9, 15)),
        "concierge.services.annual_review:open_reviews",
    ),
    Entry(
        "review-close",
        _("Close the annual review"),
        Daily(time(18, 15)),
        "concierge.services.annual_review:close_reviews",
    ),
    Entry(
        "rewards",
        _("Rewards of units by last year's grades"),
        Daily(time(9, 35)),
        "concierge.services.unit_rewards:find_rewards",
    ),
    Entry(
        "policies",
        _("Policies about to expire"),
        Daily(time(9, 20)),
        "concierge.services.foresight:warn_of_expiring_policies",
    ),
    Entry(
        "categories",
        _("Talent categories about to expire"),
        Daily(time(9, 25)),
        "concierge.services.foresight:warn_of_expiring_categories",
    ),
    Entry("recognitions", _("Certify after publicity"), Every(15), "concierge.services.certificates:certify_posted"),
    Entry(
        "recognition-corrections",
        _("Withdraw applications for recognition whose papers did not come"),
        Daily(time(18, 5)),
        "concierge.services.certificates:withdraw_unanswered",
    ),
    Entry(
        "certificates",
        _("Certificates of recognition that have ended"),
        Daily(time(0, 30), working=False),
        "concierge.services.certificates:expire_certificates",
    ),
    Entry(
        "calendar",
        _("Working calendar of next year"),
        Daily(time(9, 30)),
        "concierge.services.foresight:warn_of_missing_calendar",
    ),
    Entry(
        "recount",
        _("Deadlines follow a changed working calendar"),
        Daily(time(0, 20), working=False),
        "concierge.services.calendar_tables:recount_open",
    ),
    Entry(
        "orders",
        _("Pass on orders that nobody answered"),
        Every(15, in_hours=True),
        "concierge.services.offers:pass_on_unanswered",
    ),
    Entry(
        "findings",
        _("Escalate findings past their limit"),
        Daily(time(9, 40)),
        "concierge.services.findings:escalate_late",
    ),
    Entry(
        "late-returns",
        _("Put returns past their limit on the negative list"),
        Daily(time(9, 40)),
        "concierge.services.findings:list_late_returns",
    ),
    Entry(
        "returns",
        _("Open last month's returns of the campaign"),
        Daily(time(8, 10)),
        "concierge.services.monthly_reports:open_returns",
    ),
    Entry("seal", _("Seal the audit trail"), Every(10), "concierge.jobs.sealing:seal_audit", whole_site=True),
    Entry("erased", _("Keep the list of erasures"), Every(10), "concierge.jobs.erasures:keep_list", whole_site=True),
    Entry(
        "forget_copies",
        _("Delete copies of people's data that were not fetched"),
        Daily(time(3, 40), working=False),
        "concierge.jobs.copies:forget",
        whole_site=True,
    ),
    Entry(
        "archive",
        _("Archive what was closed"),
        Daily(time(4, 20), working=False),
        "concierge.jobs.archives:archive_closed",
        whole_site=True,
    ),
    Entry(
        "tidy", _("Forget old runs"), Daily(time(3, 30), working=False), "concierge.jobs.runner:tidy", whole_site=True
    ),
)

BY_NAME = {entry.name: entry for entry in TIMETABLE}
WHOLE_SITE = tuple(entry.name for entry in TIMETABLE if entry.whole_site)
