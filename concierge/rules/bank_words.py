"""What banks write into result files, and what it means (domain §3.2)."""

from dataclasses import dataclass

from concierge.basics.text import Text, _

SUCCESS, BOUNCED, REVERSED = "success", "bounced", "reversed"
PARTIAL = "partial"
"""What is kept of a success that brings less than the line; no bank writes it."""

_SUCCESS_WORDS = frozenset({"成功", "交易成功", "处理成功", "已入账", "入账成功", "success", "ok", "s", "0000", "00"})
_BOUNCED_WORDS = frozenset({"失败", "交易失败", "处理失败", "退票", "退汇", "未入账", "bounced", "fail", "failed", "f"})
_REVERSED_WORDS = frozenset({"冲正", "已冲正", "冲账", "冲销", "已冲销", "撤销", "reversed", "reversal", "r"})


@dataclass(frozen=True)
class BounceReason:
    """A known reason of a bounce: how banks spell it, what it is called here, and what puts it right."""

    code: str
    words: tuple[str, ...]
    label: Text
    remedy: Text


NEW_ACCOUNT = _("Ask the expert for another account, with proof; a second person checks it.")

REASONS = (
    BounceReason("name_differs", ("户名不符", "户名错误", "账号户名"), _("Account name differs"), NEW_ACCOUNT),
    BounceReason("account_unknown", ("账号不存在", "无此账号", "账号错误"), _("No such account"), NEW_ACCOUNT),
    BounceReason("account_closed", ("已销户", "销户"), _("Account closed"), NEW_ACCOUNT),
    BounceReason(
        "account_dormant",
        ("状态异常", "睡眠户", "冻结", "止付"),
        _("Account dormant or blocked"),
        _("The expert has the account put in order at the bank, or gives another one."),
    ),
    BounceReason(
        "account_limit",
        ("类户限额", "限额", "超限"),
        _("Limit of a class II account"),
        _("The expert gives a class I account, or has the limit raised."),
    ),
    BounceReason(
        "papers_expired",
        ("证件过期", "证件失效", "身份证过期"),
        _("Identity papers expired at the bank"),
        _("The expert shows the bank a valid paper; then issue again."),
    ),
    BounceReason(
        "branch_wrong", ("行号错误", "联行号", "行号不符"), _("Branch code wrong"), _("Correct the branch code.")
    ),
    BounceReason(
        "repeated", ("重复",), _("Taken for a repetition"), _("Compare with the statement before issuing again.")
    ),
)
OTHER = BounceReason("other", (), _("Other reason"), _("Ask the bank, then correct the account or issue again."))


def outcome_of(word: str) -> str | None:
    """`success`, `bounced` or `reversed`, or None for a word that is none of these."""
    plain = word.strip().lower()
    if plain in _SUCCESS_WORDS:
        return SUCCESS
    if plain in _REVERSED_WORDS:
        return REVERSED
    return BOUNCED if plain in _BOUNCED_WORDS else None


def reason_of(words: str) -> BounceReason:
    """The known reason in what the bank wrote; OTHER where none is recognised."""
    return next((reason for reason in REASONS if any(word in words for word in reason.words)), OTHER)
