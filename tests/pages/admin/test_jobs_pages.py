"""The jobs as their keeper sees them: last and next runs, run now, what waits for a decision, the mailbox."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.ids import new_id, public_id
from concierge.db import transaction
from concierge.engine.tables import Outbox
from concierge.jobs.due import run_due
from concierge.jobs.places import Place
from concierge.models.job import JobRequest
from concierge.models.notice import Delivery, SentMail
from concierge.rules.roles import Role
from tests.databases import DISTRICT
from tests.office import ACCOUNTS, NOW, Office, check_page, settings_for

PAGES = ("/admin/jobs", "/admin/jobs/match", "/admin/deliveries", "/admin/mailbox")


@pytest.fixture
def place(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Where jobs run for this office."""
    made = Place(settings_for(office.database, tmp_path_factory.mktemp("jobs")))
    yield made
    made.engine.dispose()


def delivery(**given: Any) -> dict[str, Any]:
    row = {"id": new_id(), "district_id": DISTRICT, "account_id": ACCOUNTS[Role.SPECIALIST], "obligation": "x"}
    row |= {"version": 1, "channel": "mail", "topic": "nudge", "data": {}, "next_at": NOW, "at": NOW}
    return row | given


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_open_before_and_after_anything_ran(office: Office, place: Place, language: str) -> None:
    visitor = office.as_(Role.SYSTEM_ADMIN, language)
    for path in PAGES:
        check_page(visitor.get(path))
    run_due(place, NOW)
    for path in PAGES:
        check_page(visitor.get(path))
    assert visitor.get("/admin/jobs/no-such-job").status_code == 404


def test_others_do_not_open_them(office: Office) -> None:
    for role in (Role.SECURITY_ADMIN, Role.SPECIALIST, Role.TALENT_OFFICE):
        visitor = office.as_(role)
        assert [visitor.get(path).status_code for path in PAGES] == [403] * len(PAGES)


def test_run_now_is_done_by_the_clock(office: Office, place: Place) -> None:
    run_due(place, NOW)
    visitor = office.as_(Role.SYSTEM_ADMIN)
    assert visitor.post("/admin/jobs/match/run", page="/admin/jobs").status_code == 302
    assert visitor.post("/admin/jobs/no-such-job/run", page="/admin/jobs").status_code == 404
    done = run_due(place, NOW)
    assert [(ran.job, ran.subject, ran.state) for ran in done.runs] == [("match", str(DISTRICT), "done")]
    with office.session() as session:
        request = session.execute(select(JobRequest)).scalar_one()
        assert (request.asked_by, request.taken_at is not None) == (ACCOUNTS[Role.SYSTEM_ADMIN], True)
    assert "手动运行" in check_page(visitor.get("/admin/jobs/match"))


def test_what_could_not_be_delivered_waits_for_a_decision(office: Office) -> None:
    failed, unknown = delivery(state="failed", error="refused (550)"), delivery(state="unknown", version=2)
    with office.session() as session, transaction(session):
        session.execute(insert(Delivery), [failed, unknown])
    visitor = office.as_(Role.SYSTEM_ADMIN)
    assert "有 2 条通知未能送达" in check_page(visitor.get("/admin/jobs"))
    told = check_page(visitor.get("/admin/deliveries"))
    assert "refused (550)" in told
    assert "催办" in told
    assert "nudge" not in told, "people are told what a notice is about, not its code"
    visitor.post(f"/admin/deliveries/{public_id(failed['id'])}/send", page="/admin/deliveries")
    visitor.post(f"/admin/deliveries/{public_id(unknown['id'])}/settle", page="/admin/deliveries")
    with office.session() as session:
        states = dict(session.execute(select(Delivery.id, Delivery.state)).tuples().all())
    assert states == {failed["id"]: "pending", unknown["id"]: "dropped"}
    again = visitor.post(f"/admin/deliveries/{public_id(failed['id'])}/settle", page="/admin/deliveries")
    assert again.status_code == 404, "it is decided"


def test_a_parked_event_is_tried_once_more(office: Office, place: Place) -> None:
    row = {"id": new_id(), "district_id": DISTRICT, "topic": "no-such-topic", "subject_id": 1, "subject_version": 1}
    row |= {"state": "failed", "attempts": 5, "at": NOW, "next_at": NOW, "error": "ValueError"}
    with office.session() as session, transaction(session):
        session.execute(insert(Outbox), [row])
    visitor = office.as_(Role.SYSTEM_ADMIN)
    assert "no-such-topic" in check_page(visitor.get("/admin/deliveries"))
    visitor.post(f"/admin/outbox/{public_id(int(str(row['id'])))}/retry", page="/admin/deliveries")
    with office.session() as session, transaction(session):
        assert session.execute(select(Outbox.state)).scalar_one() == "pending"
        session.execute(update(Outbox).values(topic="table-missing", data={"year": 2027}))
    run_due(place, NOW)
    with office.session() as session:
        wanted = select(Outbox.state).where(Outbox.id == row["id"])
        assert session.execute(wanted).scalar_one() == "expanded"


def test_the_mailbox_shows_what_would_have_been_sent(office: Office) -> None:
    mail = {"id": new_id(), "district_id": DISTRICT, "message_id": "<1@x>", "recipient": "a@x.test", "at": NOW}
    mail |= {"subject": "主题<b>", "body": "正文", "html": ""}
    with office.session() as session, transaction(session):
        session.execute(insert(SentMail), [mail])
    visitor = office.as_(Role.SYSTEM_ADMIN)
    assert "主题&lt;b&gt;" in check_page(visitor.get("/admin/mailbox"))
    assert "正文" in check_page(visitor.get(f"/admin/mailbox/{public_id(int(str(mail['id'])))}"))
    assert visitor.get(f"/admin/mailbox/{public_id(new_id())}").status_code == 404
