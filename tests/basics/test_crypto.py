"""Field encryption, blind indexes, signatures and passwords."""

import json
import stat

import pytest
from argon2 import Type
from hypothesis import given
from hypothesis import strategies as st

from concierge.basics.crypto import (
    Algorithm,
    CryptoError,
    KeyRing,
    Profile,
    check_nothing,
    check_password,
    hash_password,
)
from tests.compiled import GUARDED

RINGS = [KeyRing.generate(algorithm) for algorithm in Algorithm]
PLACE = "person:id_number:17"


@pytest.fixture(params=RINGS, ids=lambda ring: ring.algorithm.name)
def ring(request) -> KeyRing:
    return request.param


@given(st.sampled_from(RINGS), st.text(alphabet=st.characters(codec="utf-8")))
def test_what_is_sealed_opens_in_its_place(ring, plain):
    wrapped = ring.new_data_key()
    sealed = ring.seal(wrapped, plain, PLACE)
    assert ring.open(wrapped, sealed, PLACE) == plain
    assert plain.encode() not in sealed or len(plain) < 8


def test_the_same_value_is_never_sealed_alike(ring):
    wrapped = ring.new_data_key()
    assert ring.seal(wrapped, "1", PLACE) != ring.seal(wrapped, "1", PLACE)


def test_a_sealed_value_does_not_open_elsewhere(ring):
    wrapped, other = ring.new_data_key(), ring.new_data_key()
    sealed = ring.seal(wrapped, "999901198503140216", PLACE)
    damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for key, value, place in (
        (wrapped, sealed, "person:id_number:18"),
        (other, sealed, PLACE),
        (wrapped, damaged, PLACE),
        (wrapped, sealed[:20], PLACE),
        (wrapped, b"", PLACE),
        (wrapped, b"\x09" + sealed[1:], PLACE),
        (b"", sealed, PLACE),
        (KeyRing.generate().new_data_key(), sealed, PLACE),
    ):
        with pytest.raises(CryptoError):
            ring.open(key, value, place)


def test_master_keys_rotate_without_touching_the_values(ring):
    wrapped = ring.new_data_key()
    sealed = ring.seal(wrapped, "secret", PLACE)
    newer = ring.with_new_master()
    again = newer.rewrap(wrapped)
    assert not newer.is_current(wrapped)
    assert newer.is_current(again)
    assert newer.open(again, sealed, PLACE) == newer.open(wrapped, sealed, PLACE) == "secret"
    with pytest.raises(CryptoError):
        ring.open(again, sealed, PLACE)


def test_a_ring_reads_what_another_algorithm_sealed():
    aes, sm4 = RINGS
    wrapped = aes.new_data_key()
    sealed = aes.seal(wrapped, "secret", PLACE)
    both = KeyRing(aes.masters, aes.current, aes.index_key, aes.signing_key, sm4.algorithm)
    assert both.open(wrapped, sealed, PLACE) == "secret"
    assert both.open(wrapped, both.seal(wrapped, "secret", PLACE), PLACE) == "secret"
    assert not both.is_current(wrapped)


def test_keys_are_kept_in_a_file_only_their_owner_reads(ring, tmp_path):
    path = tmp_path / "keys"
    ring.save(path)
    ring.with_new_master().save(path)
    ring.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyRing.load(path) == ring
    assert [file.name for file in tmp_path.iterdir()] == ["keys"]


def test_no_key_is_ever_printed(ring):
    assert repr(ring).count("=") == 2
    assert ring.masters[ring.current].hex() not in repr(ring)


def test_a_file_that_is_no_key_file_is_refused(tmp_path):
    path = tmp_path / "keys"
    RINGS[0].save(path)
    right = json.loads(path.read_text())
    missing = {name: value for name, value in right.items() if name != "index"}
    for wrong in (
        "not json", [], {}, missing, {**right, "algorithm": 9}, {**right, "current": "00000000"},
        {**right, "index": "AAAA"}, {**right, "index": "?"}, {**right, "masters": []},
    ):  # fmt: skip
        path.write_text(wrong if isinstance(wrong, str) else json.dumps(wrong))
        with pytest.raises(CryptoError):
            KeyRing.load(path)


def test_a_blind_index_finds_the_same_number_however_it_was_typed():
    ring, other = RINGS
    found = ring.blind_index("99990119850314021x", "id_number")
    assert found == ring.blind_index(" 999901 19850314 021X ", "id_number")
    assert len(found) == 32
    assert found != ring.blind_index("99990119850314021X", "bank_account")
    assert found != ring.blind_index("999901198503140216", "id_number")
    assert found != other.blind_index("99990119850314021X", "id_number")


def test_a_signature_holds_for_one_purpose_of_one_site():
    ring, other = RINGS
    signature = ring.sign(b"message", "mail")
    assert ring.signed(b"message", "mail", signature)
    assert not ring.signed(b"message", "webhook", signature)
    assert not ring.signed(b"another", "mail", signature)
    assert not ring.signed(b"message", "mail", "签\ud800")
    assert not other.signed(b"message", "mail", signature)


def test_a_token_for_a_url_has_one_spelling_only(ring):
    token = ring.seal_token(b"17", "code")
    assert ring.open_token(token, "code") == b"17"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others = [token[:-1] + letter for letter in letters if letter != token[-1]]
    for other in (*others, token + "=", token + "=="):
        with pytest.raises(CryptoError):
            ring.open_token(other, "code")


@pytest.mark.parametrize("password", ["correct horse", "口令一二三", "Ｆｕｌｌ", ""])
def test_a_password_opens_its_own_hash_only(password):
    kept = hash_password(password, Profile.QUICK)
    assert kept.startswith("$argon2id$")
    assert check_password(kept, password)
    assert not check_password(kept, password + "x")


def test_in_service_a_stolen_hash_costs_64_mib_and_three_passes_for_every_guess():
    """RFC 9106, the second recommended option: the other tests hash with less."""
    cost = (GUARDED.type, GUARDED.memory_cost, GUARDED.time_cost, GUARDED.parallelism)
    assert cost == (Type.ID, 64 * 1024, 3, 4)


def test_a_password_typed_in_full_width_is_the_same_password():
    assert check_password(hash_password("Full1", Profile.QUICK), "Ｆｕｌｌ１")


def test_wrong_hashes_and_broken_characters_are_answered_by_no():
    assert not check_password("not a hash", "secret")
    assert not check_password(hash_password("secret", Profile.QUICK), "\ud800")


def test_an_account_that_does_not_exist_costs_a_check_too():
    assert check_nothing("secret", Profile.QUICK) is False
