"""Refusals carry every reason and tell logs only codes."""

import pickle

import pytest

from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.text import _

FIRST = Reason("line_short", _("The budget line of %(who)s is short", who="张三"))
SECOND = Reason("name_empty", _("Type the name"), "name")


def test_a_refusal_carries_all_reasons():
    refusal = Refusal(FIRST, SECOND)
    assert refusal.reasons == (FIRST, SECOND)
    assert refusal.reasons[1].field == "name"


def test_a_log_line_holds_codes_and_no_person():
    refusal = Refusal(FIRST, SECOND)
    assert str(refusal) == "line_short, name_empty"
    assert repr(refusal) == "Refusal(line_short, name_empty)"


def test_wrong_typing_is_a_refusal_that_names_its_field():
    with pytest.raises(Refusal) as caught:
        raise Invalid.because("name_empty", _("Type the name"), "name")
    assert type(caught.value) is Invalid
    assert caught.value.reasons == (SECOND,)


def test_a_refusal_survives_the_way_to_another_process():
    assert pickle.loads(pickle.dumps(Invalid(SECOND))).reasons == (SECOND,)


def test_absent_is_no_refusal():
    assert not issubclass(NotFound, Refusal)
