"""Who may knock where: one row for every address, written from the product's audiences and not from the permits.

Each room has its own dict; a new address needs a row here before the tests pass. Values: roles, OPEN (nobody need log
in) or SIGNED_IN (whoever is logged in). Whose rows are seen behind the door is another matter (scope).
"""

from concierge.rules.roles import Role as R
from tests.house.matrix_programs import API
from tests.house.matrix_roles import (
    ADMINS,
    ASKED,
    AUDIT,
    BUREAUS,
    CASE_READERS,
    CHECKER,
    DISTRICT_OFFICES,
    EMPLOYER,
    EXPERT,
    FINANCE,
    HR,
    IMPORTERS,
    LEADERS,
    LISTS,
    MAKER,
    OFFICE,
    OPEN,
    PAYER,
    POSTERS,
    SECURITY,
    SIGNED_IN,
    SPECIALISTS,
    STAFF,
    SYSTEM,
    UNIT_ADMIN,
    WATCHERS,
    Row,
    rows,
)

AUTH = {
    **rows(OPEN, "static auth.login auth.language"),
    **rows(
        SIGNED_IN,
        "auth.account auth.notices auth.calendar auth.code auth.enrol auth.logout auth.look auth.password "
        "auth.log_out_everywhere",
    ),
}
AUTH |= rows(STAFF, "auth.absences auth.new_absence auth.end_absence auth.act_for auth.act_for_myself")
PUBLIC = {
    **rows(
        OPEN,
        "public.front public.guide public.policy public.postings public.rate public.host public.talent_code",
    ),
    **rows(OPEN, "public.calendar"),
    **rows(SIGNED_IN, "public.document public.letter public.certificate public.cards public.card public.rate_card"),
}
INBOX = rows(SIGNED_IN, "inbox.list inbox.show inbox.open inbox.read")
HEALTH = rows(OPEN, "health.alive health.ready health.metrics")

DESK = {
    **rows(SPECIALISTS, "desk.worklist desk.new_care desk.new_question desk.hand_over desk.start_hand_over"),
    **rows(
        SPECIALISTS, "desk.verify_paper desk.claim_under desk.enter_case_invoice desk.refuse_paper desk.answer_consent"
    ),
    **rows(ASKED | OFFICE, "desk.unit_work"),
    **rows(LISTS, "desk.nudge desk.tag desk.untag desk.bulk_nudge desk.bulk_tag"),
    **rows(LISTS, "desk.keep_selection desk.select_all desk.select_none"),
    **rows(LISTS, "desk.save_view desk.remove_view desk.export_worklist"),
    **rows(SPECIALISTS | OFFICE, "desk.experts desk.expert desk.statement_of"),
    **rows(SPECIALISTS | OFFICE, "desk.register_expert desk.edit_expert desk.bank_account desk.package"),
    **rows(SPECIALISTS | OFFICE, "desk.expert_household desk.take_out_of_household"),
    **rows(SPECIALISTS | OFFICE | MAKER | CHECKER, "desk.check_account"),
    **rows(IMPORTERS, "desk.import_experts desk.import_template desk.import_run desk.apply_run desk.reverse_run"),
    **rows(CASE_READERS, "desk.case desk.step_form desk.take desk.undo desk.follow desk.unfollow desk.search"),
    **rows(CASE_READERS, "desk.reveal"),  # for what, and on whom, the service decides and writes down
    **rows(DISTRICT_OFFICES, "desk.comment desk.take_back_comment"),
}
DESK |= rows(SPECIALISTS, "desk.handovers desk.new_handover desk.handover desk.sign_handover desk.withdraw_handover")
DESK |= rows(SPECIALISTS | OFFICE, "desk.data_requests desk.data_request")
DESK |= rows(SPECIALISTS | OFFICE, "desk.write_card desk.release_card desk.retire_card")
DESK |= {
    **rows(LISTS | {R.LEAD}, "desk.ratings desk.rating"),
    **rows(LISTS, "desk.appeal_rating"),
    **rows(OFFICE | {R.SPECIALIST_LEAD}, "desk.decide_appeal"),
}
DESK |= {
    **rows(LISTS | FINANCE | {R.LEAD, R.SUPERVISOR}, "desk.sheets"),
    **rows(OFFICE | {R.SPECIALIST_LEAD}, "desk.new_sheet"),
    **rows(OFFICE, "desk.name_leaders"),
    **rows(SPECIALISTS, "desk.contacts desk.new_package"),
    **rows(SPECIALISTS | OFFICE, "desk.expert_contacts desk.contact desk.service_days"),
}
DESK |= rows(OFFICE | {R.SECTOR, R.UNIT_LIAISON}, "desk.places desk.change_place")
DESK |= {
    **rows(SPECIALISTS | OFFICE | EMPLOYER, "desk.recognitions"),
    **rows(SPECIALISTS | EMPLOYER, "desk.new_recognition desk.recognition_papers"),
}
PORTAL = rows(
    EXPERT,
    """portal.home portal.benefits portal.benefit portal.confirm_benefit portal.waive_benefit portal.claim_benefit
    portal.progress portal.matter portal.ask_step portal.take_my_step portal.say_on_matter portal.nudge_matter
    portal.paper portal.hand_in_paper portal.payments portal.receipt portal.answer_receipt portal.bank_account
    portal.year_statement portal.enter_own_invoice portal.repayment portal.state_my_view
    portal.recognition portal.talent_code
    portal.questions portal.ask_question
    portal.propose_account portal.help portal.ask_for_help portal.looks portal.services portal.service
    portal.my_data portal.answer_consent portal.ask_about_data portal.data_copy
    portal.accept_service portal.decline_service portal.record portal.package""",
)
REVIEWS = {
    **rows(EMPLOYER, "employer.experts employer.certify employer.reviews employer.review employer.decide"),
    **rows(EMPLOYER, "employer.post_end"),
    **rows(EMPLOYER, "employer.pass_many employer.questions"),
    **rows(EMPLOYER | OFFICE | {R.SPECIALIST_LEAD} | MAKER | CHECKER, "employer.unit_account_list"),
    **rows(OFFICE | {R.SPECIALIST_LEAD} | MAKER | CHECKER, "employer.check_first_accounts"),
    **rows(HR, "hr.reviews hr.review hr.decide hr.pass_many"),
}
OFFICE_ROOM = {
    **rows(OFFICE, "office.reviews office.review office.decide"),
    **rows(OFFICE | FINANCE, "office.money_rules"),
    **rows(OFFICE, "office.set_money_rules"),
    **rows(OFFICE, "office.schemes office.scheme office.publish_version office.letter_templates"),
    **rows(POSTERS, "office.postings office.post office.check_mask office.posting_sheet"),
    **rows(OFFICE | {R.SPECIALIST_LEAD}, "office.policies office.policy"),
    **rows(OFFICE | {R.SPECIALIST_LEAD}, "office.preview_policy office.policy_file"),
    **rows(OFFICE, "office.draft_policy office.edit_policy office.save_policy office.publish_policy"),
    **rows(
        OFFICE,
        "office.new_policy office.add_policy office.load_policy office.write_policy office.change_policy",
    ),
    **rows(OFFICE, "office.new_condition office.add_condition office.discard_policy"),
}
BOUNCES = FINANCE | SPECIALISTS | OFFICE
FINANCE_ROOM = {
    **rows(FINANCE, "finance.approval finance.selection finance.export_list finance.batches finance.batch"),
    **rows(BOUNCES, "finance.clawbacks finance.clawback"),
    **rows(SPECIALISTS | OFFICE, "finance.new_clawback"),
    **rows(FINANCE, "finance.differences finance.year_closing"),
    **rows(MAKER, "finance.propose_year_closing finance.settle_vouchers"),
    **rows(FINANCE | OFFICE | {R.SECTOR, R.UNIT_LIAISON}, "finance.vouchers"),
    **rows(CHECKER, "finance.close_budget_year"),
    **rows(FINANCE, "finance.print_batch finance.roster finance.bank finance.bank_file_page"),
    **rows(BOUNCES, "finance.bounced finance.item finance.item_step finance.batch_step"),
    **rows(MAKER, "finance.prepare finance.make finance.change finance.lines finance.new_line finance.propose"),
    **rows(CHECKER, "finance.seal finance.confirm finance.drop finance.approve finance.result finance.answer"),
    **rows(CHECKER, "finance.release_payee"),
    **rows(MAKER | CHECKER, "finance.correct"),
    **rows(PAYER, "finance.bank_file"),
    **rows(MAKER | CHECKER, "finance.read_file finance.load_file"),
    **rows(FINANCE | OFFICE | {R.LEAD}, "finance.budget finance.budget_line"),
}
CAMPAIGN_ROOM = {
    **rows(WATCHERS | {R.UNIT_LIAISON}, "campaign.orders campaign.order"),
    **rows(BUREAUS | {R.UNIT_LIAISON}, "campaign.new_order campaign.confirm_members"),
    **rows(BUREAUS, "campaign.end_expert campaign.mentee campaign.placement"),
    **rows(BUREAUS, "campaign.name_member campaign.drop_member campaign.offer campaign.answer_offer"),
    **rows(BUREAUS, "campaign.note_done campaign.strike_done"),
    **rows(WATCHERS, "campaign.experts campaign.home campaign.rows campaign.frozen campaign.frozen_file"),
    **rows(OFFICE, "campaign.summary_text campaign.freeze campaign.new_campaign campaign.setup campaign.change_part"),
    **rows(WATCHERS, "campaign.reports campaign.report campaign.report_figure campaign.report_table"),
    **rows(frozenset({R.SECTOR}), "campaign.write_report"),
    **rows(OFFICE | ASKED, "campaign.settle"),
    **rows(WATCHERS | ASKED, "campaign.findings campaign.assessment campaign.negative_items campaign.plans"),
    **rows(WATCHERS | ASKED, "campaign.topics campaign.coverage campaign.organisation campaign.meetings"),
    **rows(WATCHERS | ASKED | {R.FINANCE_MAKER, R.PRESS}, "campaign.contributions"),
    **rows(WATCHERS | {R.PRESS}, "campaign.press campaign.honours"),
    **rows(
        WATCHERS, "campaign.outreach campaign.visits campaign.teams campaign.team campaign.mentees campaign.placements"
    ),
    **rows(OFFICE | {R.SUPERVISOR}, "campaign.recusals"),
    **{"campaign.appeal_record": ASKED, "campaign.field": OFFICE, "campaign.correct_campaign": OFFICE},
    **rows(OFFICE, "campaign.decide_record campaign.close_assessment campaign.set_negative_item campaign.group"),
}
LEAD_ROOM = {
    **rows(LEADERS | OFFICE | {R.SPECIALIST_LEAD}, "lead.dashboard lead.export"),
    **rows(OFFICE | {R.LEAD, R.SPECIALIST_LEAD}, "lead.rows lead.dispatch_rows lead.lines"),
}
ADMIN = {
    **rows(SYSTEM, "admin.accounts admin.new_account admin.disable_account admin.reset_account admin.units admin.unit"),
    **rows(SYSTEM, "admin.calendars admin.new_calendar admin.hours admin.district"),
    **rows(SYSTEM, "admin.jobs admin.job admin.run_job admin.deliveries admin.retry_outbox admin.send_again"),
    **rows(SYSTEM, "admin.webhooks admin.end_webhook admin.errors"),
    **rows(SYSTEM, "admin.settle admin.mailbox admin.mail admin.go_on"),
    **rows(SECURITY, "admin.grants admin.end_grant admin.let_in_again admin.why"),
    **rows(AUDIT, "admin.audit"),
    **rows(UNIT_ADMIN, "admin.colleagues admin.new_colleague admin.colleague admin.end_colleague"),
    **rows(ADMINS, "admin.settings"),
    **rows(ADMINS | OFFICE, "admin.flows admin.flow"),
}

ROOMS: dict[str, dict[str, Row]] = {
    "auth": AUTH,
    "public": PUBLIC,
    "inbox": INBOX,
    "health": HEALTH,
    "desk": DESK,
    "portal": PORTAL,
    "reviews": REVIEWS,
    "office": OFFICE_ROOM,
    "finance": FINANCE_ROOM,
    "campaign": CAMPAIGN_ROOM,
    "lead": LEAD_ROOM,
    "admin": ADMIN,
    "api": API,
}
MATRIX: dict[str, Row] = {endpoint: row for room in ROOMS.values() for endpoint, row in room.items()}

GET_THAT_WRITES = {
    "auth.language": "keeps the language chosen",
    **dict.fromkeys(
        ["portal.home", "portal.benefits", "portal.benefit", "desk.statement_of", "api.experts_statement"],
        "keeps why somebody is entitled or not, as it is shown",
    ),
    "public.letter": "the PDF of a letter is made once and kept",
    "desk.package": "the package of a closed case is made once and kept",
    "public.document": "whoever opens another's paper leaves a line that its owner can read",
}
"""The few readings that keep something, and why."""
