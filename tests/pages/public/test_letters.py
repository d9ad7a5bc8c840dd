"""Letters for the people of a case: printed, as PDF kept once, as Word from the office's template; and the package."""

import hashlib
import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path

from docx import Document
from sqlalchemy import select, update

from concierge.basics.formats import long_day
from concierge.basics.ids import public_id
from concierge.engine.actor import MACHINE_ACCOUNT
from concierge.jobs.archives import archive_closed
from concierge.jobs.places import Place
from concierge.models.claim import CaseNotice
from concierge.models.letter import ArchivedFile
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.archives import archived
from concierge.services.care import CareWish, register_care
from concierge.services.steps import step_named, take_step
from tests.office import EXPERT, NOW, OTHER_EXPERT, Office, actor, check_page, key_ring, settings_for

SPECIALIST = actor(Role.SPECIALIST)
REPLY = "已协调人才公寓一套"


def walk(office: Office, case_id: int, *steps: tuple[str, Role, dict[str, str]]) -> None:
    for name, role, given in steps:
        with office.session() as session:
            step = step_named("care_request", name)
            take_step(session, actor=actor(role), now=NOW, step=step, case_id=case_id, version=None, given=given)


def replied(office: Office, expert: int = EXPERT) -> tuple[int, str]:
    """A request that was extended and answered; its id and the public id of its last letter."""
    wish = CareWish("housing", "希望就近安排住房", Channel.PHONE)
    with office.session() as session:
        given = {"actor": SPECIALIST, "now": NOW, "keys": key_ring(), "expert_id": expert, "wish": wish}
        case_id = register_care(session, **given)
    walk(
        office, case_id, ("handle_myself", Role.SPECIALIST, {}),
        ("ask_extension", Role.SPECIALIST, {"days": "2", "reason": "需与住建局协调"}),
        ("grant_extension", Role.SPECIALIST_LEAD, {}), ("reply", Role.SPECIALIST, {"reply": REPLY}),
    )  # fmt: skip
    with office.session() as session:
        last = select(CaseNotice.id).where(CaseNotice.case_id == case_id).order_by(CaseNotice.id.desc())
        return case_id, public_id(session.execute(last.limit(1)).scalar_one())


def test_extension_and_result_are_numbered_letters_that_the_expert_prints_and_keeps(office: Office) -> None:
    case_id, letter = replied(office)
    expert = office.as_(Role.EXPERT)
    page = check_page(expert.get(f"/letters/{letter}"))
    assert REPLY in page
    first = expert.get(f"/letters/{letter}?as=pdf")
    assert (first.status_code, first.mimetype) == (200, "application/pdf")
    assert office.as_(Role.SPECIALIST).get(f"/letters/{letter}?as=pdf").data == first.data
    with office.session() as session:
        kept = session.execute(select(ArchivedFile.name, ArchivedFile.case_id)).all()
        numbers = session.execute(select(CaseNotice.kind, CaseNotice.number).order_by(CaseNotice.id)).all()
    assert [(row.name[:2], row.case_id) for row in kept] == [("JG", case_id)]
    assert [(row.kind, row.number[:2]) for row in numbers] == [("extension", "YQ"), ("result", "JG")]
    _other, foreign = replied(office, OTHER_EXPERT)
    assert expert.get(f"/letters/{foreign}").status_code == 404


def test_an_extension_tells_the_new_limit_and_asks_for_no_answer(office: Office) -> None:
    case_id, _result = replied(office)
    with office.session() as session:
        extension = select(CaseNotice).where(CaseNotice.case_id == case_id, CaseNotice.kind == "extension")
        notice = session.execute(extension).scalar_one()
    page = check_page(office.as_(Role.EXPERT).get(f"/letters/{public_id(notice.id)}"))
    assert long_day(date.fromisoformat(notice.content["until"])) in page
    assert "延期后办结期限" in page
    assert "前答复" not in page


def test_a_letter_that_the_system_wrote_names_it_in_the_language_of_the_reader(office: Office) -> None:
    _case, letter = replied(office)
    with office.session() as session, session.begin():
        session.execute(update(CaseNotice).values(made_by=MACHINE_ACCOUNT))
    assert "经办人：系统" in check_page(office.as_(Role.EXPERT).get(f"/letters/{letter}"))


def test_an_archived_letter_that_was_changed_in_the_storage_is_not_given_out(office: Office) -> None:
    case_id, letter = replied(office)
    expert = office.as_(Role.EXPERT)
    assert expert.get(f"/letters/{letter}?as=pdf").status_code == 200
    with office.session() as session, session.begin():
        other = "0" * 64
        session.execute(update(ArchivedFile).where(ArchivedFile.case_id == case_id).values(sha256=other))
    assert expert.get(f"/letters/{letter}?as=pdf").status_code == 409


def test_the_office_replaces_a_template_and_the_next_word_file_is_written_with_it(office: Office) -> None:
    _case, letter = replied(office)
    talent = office.as_(Role.TALENT_OFFICE)
    check_page(talent.get("/office/letter-templates"))
    assert talent.get("/office/letter-templates?kind=result").status_code == 200
    paper, out = Document(), io.BytesIO()
    paper.add_paragraph("望川区办理结果 {{ number }}")
    paper.save(out)
    chosen = {"kind": "result", "file": (io.BytesIO(out.getvalue()), "模板.docx")}
    assert talent.post("/office/letter-templates", chosen).status_code == 302
    assert "模板.docx" in check_page(talent.get("/office/letter-templates"))
    wrong = {"kind": "result", "file": (io.BytesIO(b"%PDF-1.4"), "模板.docx")}
    assert talent.post("/office/letter-templates", wrong).status_code == 422
    written = office.as_(Role.SPECIALIST).get(f"/letters/{letter}?as=docx").data
    assert re.fullmatch("望川区办理结果 JG-2026-[0-9]{6}", Document(io.BytesIO(written)).paragraphs[0].text)


def test_a_closed_case_is_one_package_that_opens_without_the_system(office: Office) -> None:
    case_id, letter = replied(office)
    desk = office.as_(Role.SPECIALIST)
    address = f"/cases/{public_id(case_id)}/package"
    assert desk.get(address).status_code == 302  # still open
    walk(office, case_id, ("call_back", Role.SPECIALIST, {"outcome": "satisfied"}), ("close", Role.SPECIALIST, {}))
    made = desk.get(address)
    assert made.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        names = archive.namelist()
        assert len([name for name in names if name.startswith("letters/")]) == 2
        index = archive.read("index.html").decode()
        assert "希望就近安排住房" in index
        assert REPLY in index
    assert desk.get(address).data == made.data


def test_the_night_archives_what_was_closed_by_itself_and_once(office: Office, tmp_path: Path) -> None:
    case_id, _letter = replied(office)
    walk(office, case_id, ("call_back", Role.SPECIALIST, {"outcome": "satisfied"}), ("close", Role.SPECIALIST, {}))
    place = Place(settings_for(office.database, tmp_path))
    assert archive_closed(place, NOW, longest=0) == {"made": 0, "without_a_paper": 0}, "what the night is too short for"
    assert archive_closed(place, NOW) == {"made": 1, "without_a_paper": 0}
    assert archive_closed(place, NOW) == {"made": 0, "without_a_paper": 0}
    with office.session() as session:
        kept = session.execute(select(ArchivedFile)).scalar_one()
    data = place.storage.get(kept.storage_key)
    assert hashlib.sha256(data).hexdigest() == kept.sha256
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert REPLY in archive.read("index.html").decode()
        assert json.loads(archive.read("metadata.json"))["archived_by"] == "system"
    place.engine.dispose()


def test_while_a_paper_is_made_others_write_and_whoever_was_quicker_made_it(office: Office, tmp_path: Path) -> None:
    case_id, _letter = replied(office)
    place = Place(settings_for(office.database, tmp_path))
    here = {"actor": SPECIALIST, "now": NOW, "storage": place.storage, "case_id": case_id, "name": "1.pdf"}

    def meanwhile() -> bytes:
        with office.session() as another:
            archived(another, **here, make=lambda: b"first")
        return b"second"

    with office.session() as session:
        assert archived(session, **here, make=meanwhile) == b"first"
    with office.session() as session:
        assert session.execute(select(ArchivedFile.size)).scalars().all() == [len(b"first")]


def test_the_page_of_a_closed_case_offers_its_package(office: Office) -> None:
    case_id, _letter = replied(office)
    walk(office, case_id, ("call_back", Role.SPECIALIST, {"outcome": "satisfied"}), ("close", Role.SPECIALIST, {}))
    desk = office.as_(Role.SPECIALIST)
    assert "/package" in check_page(desk.get(f"/cases/{public_id(case_id)}"))
