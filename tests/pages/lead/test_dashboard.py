"""The leadership's figures come from live rows, and every number opens its rows."""

import io
import re
from datetime import date, timedelta
from html import unescape

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, update

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.engine.tables import History
from concierge.models.budget import BudgetLine
from concierge.models.district import District, Unit
from concierge.rules.dispatch import ActivityKind, Done
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow
from tests.campaigns import COLLEAGUE, DOCTOR, Orders, need, write_campaign
from tests.cases import CALENDAR, line, put
from tests.office import EXPERT, HEALTH, HOSPITAL, NOW, OTHER_EXPERT, Office, check_page
from tests.paying import add_line

OTHER_DAYS = "custom&from=2026-10-12&until=2026-11-22"
FIGURES = ("open", "overdue", "pending", "on-time", "late", "paid", "rated")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_dashboard_shows_every_region(office: Office, language: str) -> None:
    text = check_page(office.as_(Role.LEAD, language).get("/dashboard"))
    for region in (
        "figures",
        "by-field",
        "by-month",
        "period",
        "by-age",
        "by-unit",
        "by-place",
        "spending",
        "supervised",
    ):
        assert f'id="{region}"' in text
    assert text.count('class="t-kpi"') == 6


def test_a_share_or_a_mean_of_nothing_is_no_figure(office: Office) -> None:
    page = check_page(office.as_(Role.LEAD).get("/dashboard"))
    shown = re.findall(r'<div class="v">([^<]*)', page)
    assert shown.count("—") == 3, shown


@pytest.mark.parametrize(("spent", "colour"), [(50, "t-down"), (95, "t-up")])
def test_the_budget_stands_beside_the_part_of_the_year_that_has_passed(office: Office, spent: int, colour: str) -> None:
    with office.session() as session, transaction(session):
        budget = add_line(session, 77, 100)
        session.execute(update(BudgetLine).where(BudgetLine.id == budget).values(spent_fen=spent))
    page = check_page(office.as_(Role.LEAD).get("/dashboard"))
    assert re.findall(r'(?s)<span class="(t-\w+)">(?:(?!</span>).)*较序时', page) == [colour]


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_opens_its_rows(office: Office, name: str) -> None:
    assert office.as_(Role.LEAD).get(f"/dashboard/rows/{name}").status_code == 200


def test_an_unknown_figure_is_not_there(office: Office) -> None:
    assert office.as_(Role.LEAD).get("/dashboard/rows/secrets").status_code == 404


@pytest.mark.parametrize(
    ("span", "first"),
    [("year", "1月1日"), ("quarter", "10月1日"), ("month", "11月1日"), ("week", "11月23日"), (OTHER_DAYS, "10月12日")],
)
def test_the_stretch_of_time_is_in_the_address_and_every_figure_keeps_it(office: Office, span: str, first: str) -> None:
    text = check_page(office.as_(Role.LEAD).get(f"/dashboard?period={span}"))
    assert first in text
    assert f"/dashboard/rows/on-time?period={span}" in unescape(text)
    assert office.as_(Role.LEAD).get(f"/dashboard/rows/on-time?period={span}").status_code == 200


def test_days_that_are_no_stretch_of_this_year_are_told_and_the_year_is_shown(office: Office) -> None:
    lead = office.as_(Role.LEAD, "en")
    for days in ("from=2026-02-01&until=2026-01-01", "from=2025-12-31&until=2026-01-02", "from=x", ""):
        text = check_page(lead.get(f"/dashboard?period=custom&{days}"))
        assert "/dashboard/rows/on-time?period=year" in text, days
        assert "in this year up to today" in text or "date" in text, days


def test_the_figures_and_every_table_are_exported(office: Office) -> None:
    page = check_page(office.as_(Role.LEAD).get("/dashboard"))
    answer = office.as_(Role.LEAD).get("/dashboard/figures.xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    assert len(book.sheet_names) == 1 + page.count("t-twin")
    assert len(book.get_sheet_by_index(0).to_python()) == 7
    assert book.get_sheet_by_index(5).to_python()[1] == ["区人民医院", 2]


def test_an_area_is_in_the_address_and_every_figure_and_chart_keeps_to_it(office: Office) -> None:
    with office.session() as session, transaction(session):
        session.execute(update(Unit).where(Unit.id == HOSPITAL).values(parent_id=HEALTH))
    lead = office.as_(Role.LEAD)
    [(ident, name)] = re.findall(r'<option value="([^"]+)">([^<]+)</option>', check_page(lead.get("/dashboard")))
    assert name == "区卫健委"
    text = check_page(lead.get(f"/dashboard?period=month&area={ident}"))
    assert "全区口径" in text
    assert f"area={ident}" in re.findall(r'href="(/dashboard/rows/open[^"]*)"', text)[0]
    assert lead.get(f"/dashboard/rows/open?area={ident}").status_code == 200
    assert lead.get(f"/dashboard/figures.xlsx?area={ident}").status_code == 200
    for nowhere in ("nonsense", public_id(999)):
        assert lead.get(f"/dashboard?area={nowhere}").status_code == 404


def test_the_sentence_of_what_needs_attention_names_the_step_and_opens_its_rows(office: Office) -> None:
    with office.session() as session, transaction(session):
        here = {"expert_id": EXPERT, "employer_id": HOSPITAL, "handling_unit_id": HEALTH, "due_at": NOW - timedelta(1)}
        put(session, CareRequestFlow, "registered", **here)
    text = check_page(office.as_(Role.LEAD, "en").get("/dashboard?period=month"))
    [(url, sentence)] = re.findall(r'id="knot" href="([^"]+)">([^<]+)<', text)
    assert sentence.startswith("Most of what is overdue, 1, stands at")
    rows = check_page(office.as_(Role.LEAD).get(unescape(url)))
    assert rows.count("<tr>") == 2
    elsewhere = office.as_(Role.LEAD).get("/dashboard/rows/overdue?step=claim.hr_review")
    assert check_page(elsewhere).count("<tr>") == 0


def test_a_city_leader_sees_the_districts_side_by_side_and_opens_nothing_of_another(office: Office) -> None:
    assert 'id="by-district"' not in check_page(office.as_(Role.CITY_LEAD).get("/dashboard"))
    with office.session() as session, transaction(session):
        session.add(District(id=9, code="999909", name_zh="邻区", name_en="Next District"))
    text = check_page(office.as_(Role.CITY_LEAD).get("/dashboard"))
    [card] = re.findall(r'(?s)id="by-district".*?</section>', text)
    assert "邻区" in card
    assert "<a " not in card
    assert not re.findall(r'href="/(?:dashboard/(?:rows|lines|dispatch)|cases)/', text)
    assert 'id="supervised"' not in text
    assert 'id="by-district"' not in check_page(office.as_(Role.LEAD).get("/dashboard"))


def test_every_cell_of_the_charts_opens_as_many_rows_as_it_says(office: Office) -> None:
    here = {"expert_id": EXPERT, "employer_id": HOSPITAL, "handling_unit_id": HEALTH}
    with office.session() as session, transaction(session):
        put(session, CareRequestFlow, "closed", since=NOW - timedelta(60), opened_at=NOW - timedelta(70), **here)
        here["expert_id"] = OTHER_EXPERT  # a figure of people has as many rows as people where each asked once
        case_id = put(session, CareRequestFlow, "registered", step_due_nth=CALENDAR.nth_of(NOW), **here)
        for version, late in ((2, 0), (3, 1)):
            step = line(
                case_id,
                version,
                "sign",
                "assigned",
                "signed",
                at=NOW - timedelta(hours=1),
                nth=10 + late,
                step_due_nth=10,
            )
            session.execute(insert(History), [step | {"holder_id": HEALTH}])
    lead = office.as_(Role.LEAD)
    text = check_page(lead.get("/dashboard"))
    cells = re.findall(r'href="(/dashboard/(?:rows|lines)/[^"]+)">([\d.,%]+)</a>', text)
    told = [(unescape(url), int(said)) for url, said in cells if said.isdigit()]
    names = {url.split("?")[0].rpartition("/")[2] for url, said in told if said}
    assert names >= {"care", "closed", "steps", "experts"}
    for url, said in told:
        assert max(check_page(lead.get(url)).count("<tr>") - 1, 0) == said, url
    for name in ("payments?month=5", "budget", "steps?late=yes"):
        assert lead.get(f"/dashboard/lines/{name}").status_code == 200
    months = [f"rows/closed?month={month}" for month in ("2026-13", "9999-12", "0001-01")]
    for wrong in (*months, "rows/open?month=2026-05", "lines/payments?month=13", "lines/secrets"):
        assert lead.get(f"/dashboard/{wrong}").status_code == 404, wrong


def test_a_campaigns_numbers_open_their_rows_and_the_other_charts_stand_below(office: Office) -> None:
    with office.session() as session, transaction(session):
        write_campaign(session)
    with office.session() as session:
        wanted = need(starts_on=date(2026, 10, 12), members=(DOCTOR, COLLEAGUE))
        Orders(session).listed((wanted, (Done(ActivityKind.CLINIC, 5),)))
    lead = office.as_(Role.LEAD)
    text = check_page(lead.get("/dashboard"))
    assert 'id="below-3"' in text
    opened = {unescape(url): shown for url, shown in re.findall(r'href="(/dashboard/dispatch/[^"]+)">(\d+)<', text)}
    told = {url.split("?")[0].rpartition("/")[2]: shown for url, shown in opened.items() if "month" not in url}
    assert told == {"health.batches": "1", "health.people": "2", "experts": "2", "people": "2", "batches": "1"}
    for url, shown in opened.items():
        rows = check_page(lead.get(url)).count('<td class="num-r">1</td>')
        assert rows == int(shown), url
    for until, batches in (("11", "0"), ("12", "1")):
        text = unescape(check_page(lead.get(f"/dashboard?period=custom&from=2026-10-01&until=2026-10-{until}")))
        found = re.search(r'href="(/dashboard/dispatch/batches\?[^"]+)">(\d+)<', text)
        assert found is not None
        assert found[2] == batches
        assert check_page(lead.get(found[1])).count('<td class="num-r">1</td>') == int(batches)
    for wrong in ("secrets", "people?month=2026-13", "people?town=nonsense", "health.teams"):
        assert lead.get(f"/dashboard/dispatch/{wrong}").status_code == 404
    assert "/dashboard/dispatch/" not in check_page(office.as_(Role.CITY_LEAD).get("/dashboard"))
