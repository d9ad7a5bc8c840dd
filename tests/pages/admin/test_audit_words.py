"""The audit trail speaks the language of its reader."""

import re
from pathlib import Path

from concierge.config import place
from concierge.rules.audit_words import ACTS, SUBJECTS
from concierge.rules.roles import Role
from tests.office import Office, check_page

CODE = re.compile(r'\b(act|subject_kind)="([a-z_-]+)"')


def test_every_act_and_subject_that_is_written_down_has_words() -> None:
    named = {
        found
        for path in Path(place("concierge")).rglob("*.py")
        if "audit import record" in (text := path.read_text(encoding="utf-8"))
        for found in CODE.findall(text)
    }
    known = {"act": ACTS, "subject_kind": SUBJECTS}
    assert [code for kind, code in sorted(named) if code not in known[kind]] == []
    assert len(named) > 60


def test_the_trail_is_read_in_words_and_narrowed_to_one_act(office: Office) -> None:
    office.as_(Role.SPECIALIST).get("/admin/audit")
    reader = office.as_(Role.AUDIT_ADMIN)
    page = check_page(reader.get("/admin/audit"))
    assert all(f">{words}" in page for words in ("登录", "拒绝访问", "人才服务专员", "已拒绝")), page
    narrowed = check_page(reader.get("/admin/audit?act=login"))
    assert "<td>登录" in narrowed
    assert "<td>拒绝访问" not in narrowed
    assert "<td>Log" in check_page(office.as_(Role.AUDIT_ADMIN, "en").get("/admin/audit?act=login"))
