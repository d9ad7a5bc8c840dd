"""One-package service (一件事一次办, domain §4): several matters of one occasion, asked for on one form."""

from collections.abc import Collection
from dataclasses import dataclass

from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import Text, _

RECOGNITION = "recognition"


@dataclass(frozen=True)
class Package:
    """What belongs together. Of policies named as alternatives at most one may be chosen."""

    code: str
    title: Text
    policies: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()
    with_recognition: bool = False


NEW_ARRIVAL = Package(
    "new_arrival", _("New arrival"), ("P01", "P02", "P04", "P05", "P14", "P15"), (("P04", "P05"),), True
)
PACKAGES = {package.code: package for package in (NEW_ARRIVAL,)}

RESULTS: dict[str, Text] = {
    "": _("under way"),
    "granted": _("granted"),
    "refused": _("not granted"),
    "none": _("cannot be claimed now"),
}


def chosen_of(package: Package, codes: Collection[str]) -> tuple[str, ...]:
    """The policies chosen, in the package's order. Raises Invalid (field `policies`) for none, or two that exclude."""
    wrong = []
    chosen = tuple(code for code in package.policies if code in codes)
    if not chosen or len(chosen) != len(set(codes)):
        wrong.append(Reason("policies", _("Please choose what you apply for."), "policies"))
    if any(len(set(group) & set(chosen)) > 1 for group in package.alternatives):
        text = _("Of the rent subsidy and the talent apartment only one can be chosen.")
        wrong.append(Reason("alternatives", text, "policies"))
    if wrong:
        raise Invalid(*wrong)
    return chosen
