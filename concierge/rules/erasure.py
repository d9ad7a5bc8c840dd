"""What the law wants kept when a person wants his data deleted (PIPL Art. 47; domain §7.1, §7.3), and why."""

from dataclasses import dataclass

from concierge.basics.text import Text, _


@dataclass(frozen=True)
class Kept:
    """One kind of record that stays: what, and the law it stays for."""

    what: Text
    why: Text


KEPT: dict[str, Kept] = {
    "payments": Kept(
        _("Payment records with name, amount and the last digits of the account"),
        _("Accounting archives are kept for 30 years (Measures for the Administration of Accounting Archives)."),
    ),
    "decisions": Kept(
        _("Claims, their reviews and the papers that a payment rests on"),
        _("They are vouchers of the payments and are kept as long as these."),
    ),
    "steps": Kept(
        _("Who did what and when, without the words, and who looked at the file"),
        _("Logs are kept at least six months (Cybersecurity Law), those of public money as long as the payments."),
    ),
    "fingerprint": Kept(
        _("A keyed fingerprint of the identity number, which nobody can read"),
        _("So that public money is not granted twice to the same person."),
    ),
}
REMOVED: dict[str, Text] = {
    "requests": _("Care requests and questions: the words"),
    "notes": _("Health and family notes"),
    "steps": _("Steps of these: the words"),
    "remarks": _("Remarks"),
    "contacts": _("Notes of calls and visits"),
    "honours": _("Honours"),
    "ratings": _("Words of ratings"),
    "papers": _("Papers"),
    "relatives": _("Members of the household"),
    "posts": _("Posts with employers"),
    "facts": _("Facts about me"),
    "accounts": _("Bank accounts never paid to"),
    "notices": _("Messages in the inbox"),
    "identity": _("Identity: number, birth, telephone, e-mail, name"),
}
GRACE = 30  # days the log-in still opens, so that the person can read what was deleted and what is kept
NAMELESS = "***"
"""What stands where the name of an erased person stood."""
