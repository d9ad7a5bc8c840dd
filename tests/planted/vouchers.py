"""Ways to pay a provider too much, twice, or for nothing, and to lose the tax on what never arrived."""

from tests.planted.planting import Bug

VOUCHERS = "tests/services/test_vouchers.py::"
SERVING = "concierge/services/vouchers.py"
TAX = "tests/services/test_tax.py::test_a_part_that_arrives_carries_its_part_of_the_tax_and_the_rest_brings_its_own"
BUGS = (
    Bug(
        "a bill that differs is settled",
        f"{VOUCHERS}test_what_the_expert_accepted_is_paid_to_the_hospital_and_to_nobody_else",
        SERVING,
        "        if total != billed_fen:\n",
        "        if False:\n",
    ),
    Bug(
        "the expert is paid for what the hospital served",
        f"{VOUCHERS}test_what_the_expert_accepted_is_paid_to_the_hospital_and_to_nobody_else",
        "concierge/services/payments.py",
        "for row in rows if row.provider_id}",
        "for row in rows if False}",
    ),
    Bug(
        "whoever reported a service accepts it",
        f"{VOUCHERS}test_whoever_reported_accepted_or_disputed_does_not_decide_about_it",
        "concierge/workflows/voucher.py",
        'when=(guards.costs_money,),\n        not_by=("report",),\n',
        "when=(guards.costs_money,),\n",
    ),
    Bug(
        "a claim whose service was given is called off",
        f"{VOUCHERS}test_an_unused_voucher_lets_its_claim_go_and_a_used_one_holds_it",
        SERVING,
        "SERVED)).limit(1)\n",
        '("settled",))).limit(1)\n',
    ),
    Bug(
        "who comes is told without consent",
        f"{VOUCHERS}test_who_comes_is_told_to_a_provider_with_the_persons_consent_alone",
        SERVING,
        '    demand(taking.session, [row.expert_id for row in found], ConsentTo.SHARING, field="provider")\n',
        "",
    ),
    Bug(
        "the tax on what never arrived is spent",
        TAX,
        "concierge/services/settlements.py",
        "share_of(row.withheld_fen, row.net_fen, row.settled_fen)",
        "row.withheld_fen",
    ),
    Bug(
        "the rest is issued again without its tax",
        TAX,
        "concierge/services/payments.py",
        '{"withheld_fen": old.tax_back_fen,',
        '{"withheld_fen": 0,',
    ),
)
