"""The side menu: which entries which roles see. An entry appears once its page exists."""

from dataclasses import dataclass

from concierge.basics.text import Text, _
from concierge.rules.roles import Role as R


@dataclass(frozen=True)
class Entry:
    """One line of the menu. `count` names a figure of the counts query; `hot` ones are mine to do."""

    label: Text
    icon: str
    endpoint: str
    roles: frozenset[R]
    group: Text | None = None
    count: str = ""
    hot: bool = False


WORK, ENTER, SUPPORT = None, _("Enter"), _("Support")
CAMPAIGN = _("Campaign")
SPECIALISTS = frozenset({R.SPECIALIST, R.SPECIALIST_LEAD})
OFFICE = frozenset({R.TALENT_OFFICE, R.SPECIALIST_LEAD})
FINANCE = frozenset({R.FINANCE_MAKER, R.FINANCE_CHECKER, R.FINANCE_PAYER})
PAYERS_OF_UNITS = frozenset({R.EMPLOYER, R.TALENT_OFFICE, R.SPECIALIST_LEAD, R.FINANCE_MAKER, R.FINANCE_CHECKER})
UNITS = frozenset({R.SECTOR, R.UNIT_LIAISON, R.HR})
WATCHERS = frozenset({R.SECTOR, R.TALENT_OFFICE, R.LEAD, R.SUPERVISOR})
SUPERVISED = SPECIALISTS | UNITS | FINANCE | {R.TALENT_OFFICE, R.LEAD, R.SUPERVISOR}
CONCERNED = WATCHERS | UNITS
STAFF = frozenset(R) - {R.EXPERT, R.SYSTEM}
ADMINS = frozenset({R.SYSTEM_ADMIN, R.SECURITY_ADMIN, R.AUDIT_ADMIN})

MENU: tuple[Entry, ...] = (
    Entry(_("My desk"), "layout-list", "desk.worklist", SPECIALISTS, WORK, "mine", True),
    Entry(_("Work of our unit"), "layout-list", "desk.unit_work", UNITS | {R.TALENT_OFFICE}, WORK, "unit", True),
    Entry(_("My reviews"), "list-check", "hr.reviews", frozenset({R.HR}), WORK, "hr_reviews", True),
    Entry(
        _("Claims to review"), "list-check", "employer.reviews", frozenset({R.EMPLOYER}), WORK, "employer_reviews", True
    ),
    Entry(_("Our experts"), "users", "employer.experts", frozenset({R.EMPLOYER})),
    Entry(_("Ask about a policy"), "message-2", "employer.questions", frozenset({R.EMPLOYER})),
    Entry(
        _("Determination"),
        "list-check",
        "office.reviews",
        frozenset({R.TALENT_OFFICE}),
        WORK,
        "talent_office_reviews",
        True,
    ),
    Entry(_("Waiting lists"), "building", "desk.places", frozenset({R.SECTOR, R.UNIT_LIAISON, R.TALENT_OFFICE})),
    Entry(_("Publicity postings"), "file-text", "office.postings", frozenset({R.TALENT_OFFICE, R.PRESS})),
    Entry(_("Payout approval"), "list-check", "finance.approval", FINANCE, WORK, "payments", True),
    Entry(_("Payment batches"), "wallet", "finance.batches", FINANCE, WORK, "batches"),
    Entry(_("Bank results"), "building-bank", "finance.bank", FINANCE),
    Entry(_("Differences"), "alert-circle", "finance.differences", FINANCE, WORK, "differences", True),
    Entry(_("Bounced payments"), "arrow-back-up", "finance.bounced", FINANCE | SPECIALISTS, WORK, "bounced"),
    Entry(_("Service vouchers"), "receipt", "finance.vouchers", FINANCE | UNITS - {R.HR} | {R.TALENT_OFFICE}),
    Entry(_("Clawbacks"), "arrows-sort", "finance.clawbacks", FINANCE | OFFICE | SPECIALISTS, WORK, "clawbacks"),
    Entry(_("Budget lines"), "coins", "finance.budget", FINANCE),
    Entry(_("Bank accounts"), "building-bank", "employer.unit_account_list", PAYERS_OF_UNITS),
    Entry(
        _("Dashboard"),
        "chart-bar",
        "lead.dashboard",
        frozenset({R.LEAD, R.CITY_LEAD, R.TALENT_OFFICE, R.SPECIALIST_LEAD}),
    ),
    Entry(_("Experts"), "users", "desk.experts", SPECIALISTS | {R.TALENT_OFFICE}),
    Entry(_("Care calendar"), "calendar-event", "desk.contacts", SPECIALISTS),
    Entry(_("Recognitions"), "certificate", "desk.recognitions", SPECIALISTS | {R.TALENT_OFFICE, R.EMPLOYER}),
    Entry(_("New care request"), "heart-handshake", "desk.new_care", SPECIALISTS),
    Entry(_("New question"), "message-2", "desk.new_question", SPECIALISTS),
    Entry(_("Register an expert"), "plus", "desk.register_expert", SPECIALISTS, ENTER),
    Entry(_("Import tables"), "upload", "desk.import_experts", SPECIALISTS | {R.HR}, ENTER),
    Entry(_("Figures and summary"), "chart-bar", "campaign.home", WATCHERS, CAMPAIGN),
    Entry(_("Plans and topics"), "list-check", "campaign.plans", CONCERNED, CAMPAIGN),
    Entry(_("Organisation and meetings"), "users", "campaign.organisation", CONCERNED, CAMPAIGN),
    Entry(_("Publicity and honours"), "star", "campaign.press", WATCHERS | {R.PRESS}, CAMPAIGN),
    Entry(_("Dispatch orders"), "list-check", "campaign.orders", WATCHERS | {R.UNIT_LIAISON}, CAMPAIGN),
    Entry(_("Monthly returns"), "calendar-event", "campaign.reports", WATCHERS, CAMPAIGN),
    Entry(_("Findings"), "flag", "campaign.findings", CONCERNED, CAMPAIGN),
    Entry(_("Annual assessment"), "list-check", "campaign.assessment", CONCERNED, CAMPAIGN),
    Entry(_("Experts for dispatch"), "users", "campaign.experts", WATCHERS, CAMPAIGN),
    Entry(_("Import tables"), "upload", "desk.import_experts", frozenset({R.SECTOR, R.TALENT_OFFICE}), CAMPAIGN),
    Entry(_("Set-up of the campaign"), "settings", "campaign.setup", frozenset({R.TALENT_OFFICE}), CAMPAIGN),
    Entry(_("Accounts"), "users", "admin.accounts", frozenset({R.SYSTEM_ADMIN})),
    Entry(_("People of our unit"), "users", "admin.colleagues", frozenset({R.UNIT_ADMIN})),
    Entry(_("Grants"), "id-badge-2", "admin.grants", frozenset({R.SECURITY_ADMIN})),
    Entry(_("Why does somebody see this?"), "eye", "admin.why", frozenset({R.SECURITY_ADMIN})),
    Entry(_("The district"), "building", "admin.district", frozenset({R.SYSTEM_ADMIN})),
    Entry(_("Units"), "folders", "admin.units", frozenset({R.SYSTEM_ADMIN})),
    Entry(_("Calendars"), "calendar-event", "admin.calendars", frozenset({R.SYSTEM_ADMIN})),
    Entry(_("Jobs"), "settings", "admin.jobs", frozenset({R.SYSTEM_ADMIN})),
    Entry(_("Errors by reference number"), "alert-circle", "admin.errors", frozenset({R.SYSTEM_ADMIN})),
    Entry(_("Robots and systems outside"), "bell", "admin.webhooks", frozenset({R.SYSTEM_ADMIN})),
    Entry(_("History of settings"), "history", "admin.settings", ADMINS),
    Entry(_("Audit trail"), "receipt", "admin.audit", frozenset({R.AUDIT_ADMIN})),
    Entry(_("Policies"), "book", "office.policies", OFFICE, SUPPORT),
    Entry(_("Knowledge cards"), "message-2", "public.cards", SPECIALISTS | UNITS | OFFICE | {R.EMPLOYER}, SUPPORT),
    Entry(_("Schemes of recognition"), "certificate", "office.schemes", frozenset({R.TALENT_OFFICE}), SUPPORT),
    Entry(_("Money rules"), "coins", "office.money_rules", FINANCE | {R.TALENT_OFFICE}, SUPPORT),
    Entry(_("Templates of letters"), "file-text", "office.letter_templates", frozenset({R.TALENT_OFFICE}), SUPPORT),
    Entry(_("Flows"), "folders", "admin.flows", ADMINS | {R.TALENT_OFFICE}, SUPPORT),
    Entry(_("Ratings"), "star", "desk.ratings", SPECIALISTS | UNITS | {R.TALENT_OFFICE, R.LEAD}, SUPPORT),
    Entry(_("Supervision sheets"), "flag", "desk.sheets", SUPERVISED, SUPPORT),
    Entry(_("Requests about own data"), "lock", "desk.data_requests", SPECIALISTS | {R.TALENT_OFFICE}, SUPPORT),
    Entry(_("Hand-overs"), "arrow-forward-up", "desk.handovers", SPECIALISTS, SUPPORT),
    Entry(_("Absence and stand-in"), "user-check", "auth.absences", STAFF, SUPPORT, "stand_ins"),
    Entry(_("Policy guide"), "book", "public.guide", SPECIALISTS | UNITS | FINANCE | {R.EMPLOYER, R.LEAD}, SUPPORT),
)

TABS: tuple[Entry, ...] = (
    Entry(_("Benefits"), "heart-handshake", "portal.home", frozenset({R.EXPERT})),
    Entry(_("Progress"), "list-check", "portal.progress", frozenset({R.EXPERT})),
    Entry(_("Payments"), "wallet", "portal.payments", frozenset({R.EXPERT})),
    Entry(_("Help"), "message-2", "portal.help", frozenset({R.EXPERT})),
)

FIRST_PAGES: tuple[tuple[frozenset[R], str], ...] = (
    (SPECIALISTS, "desk.worklist"),
    (frozenset({R.EXPERT}), "portal.home"),
    (frozenset({R.EMPLOYER}), "employer.experts"),
    (frozenset({R.HR}), "hr.reviews"),
    (frozenset({R.TALENT_OFFICE}), "office.reviews"),
    (FINANCE, "finance.approval"),
    (frozenset({R.LEAD, R.CITY_LEAD}), "lead.dashboard"),
    (frozenset({R.SYSTEM_ADMIN}), "admin.accounts"),
    (frozenset({R.SECURITY_ADMIN}), "admin.grants"),
    (frozenset({R.AUDIT_ADMIN}), "admin.audit"),
    (frozenset({R.UNIT_ADMIN}), "admin.colleagues"),
    (frozenset({R.PRESS}), "office.postings"),
    (frozenset({R.SUPERVISOR}), "campaign.orders"),
    (UNITS, "desk.unit_work"),
)
"""Where each role begins; the first that fits."""
