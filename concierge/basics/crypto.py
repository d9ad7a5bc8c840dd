"""Keeping personal data secret: field encryption, searchable fingerprints, signatures, passwords."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum
from pathlib import Path
from typing import NewType, Self

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

WrappedKey = NewType("WrappedKey", bytes)

_KEY_SIZE = 32
_NONCE_SIZE = 12
_TAG_SIZE = 16
_KEY_ID_SIZE = 4
_WRAP_AAD = b"concierge data key"


class CryptoError(Exception):
    """A ciphertext does not open: wrong key, wrong place (AAD), damaged, or an unknown master key."""


class Algorithm(IntEnum):
    """How a value is sealed; the first byte of every ciphertext says it, so that old values stay readable."""

    AES_256_GCM = 1
    SM4_GCM = 2


def _encrypt(algorithm: Algorithm, key: bytes, plain: bytes, aad: bytes) -> bytes:
    nonce = os.urandom(_NONCE_SIZE)
    if algorithm is Algorithm.AES_256_GCM:
        return nonce + AESGCM(key).encrypt(nonce, plain, aad)
    encryptor = Cipher(algorithms.SM4(_sm4_key(key)), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    return nonce + encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def _decrypt(algorithm: Algorithm, key: bytes, sealed: bytes, aad: bytes) -> bytes:
    nonce, body = sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:]
    if len(body) < _TAG_SIZE:
        raise CryptoError("too short to be a ciphertext")
    try:
        if algorithm is Algorithm.AES_256_GCM:
            return AESGCM(key).decrypt(nonce, body, aad)
        decryptor = Cipher(algorithms.SM4(_sm4_key(key)), modes.GCM(nonce, body[-_TAG_SIZE:])).decryptor()
        decryptor.authenticate_additional_data(aad)
        return decryptor.update(body[:-_TAG_SIZE]) + decryptor.finalize()
    except InvalidTag:
        raise CryptoError("wrong key, wrong place or damaged") from None


def _spelled(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _sm4_key(key: bytes) -> bytes:
    # SM4 has 128-bit keys: derive one, so that the two algorithms never share key bytes.
    return hmac.digest(key, b"sm4-gcm", "sha256")[:16]


def _algorithm_of(ciphertext: bytes) -> Algorithm:
    try:
        return Algorithm(ciphertext[0])
    except (IndexError, ValueError):
        raise CryptoError("not a ciphertext of ours") from None


@dataclass(frozen=True)
class KeyRing:
    """The site's keys: master keys by id (one is current), one key for blind indexes, one for signatures."""

    masters: Mapping[str, bytes] = field(repr=False)
    current: str
    index_key: bytes = field(repr=False)
    signing_key: bytes = field(repr=False)
    algorithm: Algorithm = Algorithm.AES_256_GCM

    @classmethod
    def generate(cls, algorithm: Algorithm = Algorithm.AES_256_GCM) -> Self:
        """A ring of fresh random keys."""
        key_id = secrets.token_hex(_KEY_ID_SIZE)
        fresh = [secrets.token_bytes(_KEY_SIZE) for _key in range(3)]
        return cls({key_id: fresh[0]}, key_id, fresh[1], fresh[2], algorithm)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The ring in a file that `save` wrote; CryptoError if the file does not hold one."""
        try:
            kept = json.loads(Path(path).read_text(encoding="ascii"))
            masters = {key_id: base64.b64decode(key, validate=True) for key_id, key in kept["masters"].items()}
            index_key, signing_key = (base64.b64decode(kept[name], validate=True) for name in ("index", "signing"))
            ring = cls(masters, kept["current"], index_key, signing_key, Algorithm(kept["algorithm"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CryptoError("not a key file") from None
        keys = [*ring.masters.values(), ring.index_key, ring.signing_key]
        if ring.current not in ring.masters or any(len(key) != _KEY_SIZE for key in keys):
            raise CryptoError("not a complete key file")
        return ring

    def save(self, path: str | Path) -> None:
        """Write the ring to a file that only its owner may read (mode 0600), replacing it in one move."""
        kept = {
            "masters": {key_id: base64.b64encode(key).decode() for key_id, key in self.masters.items()},
            "current": self.current,
            "index": base64.b64encode(self.index_key).decode(),
            "signing": base64.b64encode(self.signing_key).decode(),
            "algorithm": int(self.algorithm),
        }
        target = Path(path)
        beside = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)

    def with_new_master(self) -> "KeyRing":
        """The same ring with a fresh current master key; older ones stay for reading until all is rewrapped."""
        key_id = secrets.token_hex(_KEY_ID_SIZE)
        return replace(self, masters={**self.masters, key_id: secrets.token_bytes(_KEY_SIZE)}, current=key_id)

    def new_data_key(self) -> WrappedKey:
        """A fresh 256-bit key for one person's data, wrapped by the current master key."""
        return self._wrap(secrets.token_bytes(_KEY_SIZE))

    def rewrap(self, wrapped: bytes) -> WrappedKey:
        """The same data key, wrapped by the current master key; CryptoError if it does not open."""
        return self._wrap(self._unwrap(wrapped))

    def is_current(self, wrapped: bytes) -> bool:
        """Whether a wrapped key already uses the current master key and algorithm."""
        return wrapped[: 1 + _KEY_ID_SIZE] == bytes([self.algorithm]) + bytes.fromhex(self.current)

    def seal(self, wrapped: bytes, plain: str, aad: str) -> bytes:
        """Encrypt one field; `aad` is its place, "table:column:row", and it opens nowhere else."""
        sealed = _encrypt(self.algorithm, self._unwrap(wrapped), plain.encode(), aad.encode())
        return bytes([self.algorithm]) + sealed

    def open(self, wrapped: bytes, sealed: bytes, aad: str) -> str:
        """Decrypt one field; CryptoError for a wrong key, a wrong place or damage."""
        return _decrypt(_algorithm_of(sealed), self._unwrap(wrapped), sealed[1:], aad.encode()).decode()

    def blind_index(self, value: str, purpose: str) -> str:
        """A keyed fingerprint (32 hex digits) for exact search; spaces and letter case do not matter."""
        normal = "".join(value.split()).upper()
        return hmac.new(self.index_key, f"{purpose}\0{normal}".encode(), hashlib.sha256).hexdigest()[:32]

    def sign(self, data: bytes, purpose: str) -> str:
        """A signature (64 hex digits) that only this site can make; valid for one purpose."""
        return hmac.new(self.signing_key, purpose.encode() + b"\0" + data, hashlib.sha256).hexdigest()

    def signed(self, data: bytes, purpose: str, signature: str) -> bool:
        """Whether `sign` made this signature, compared in constant time."""
        return hmac.compare_digest(self.sign(data, purpose).encode(), signature.encode("utf-8", "replace"))

    def seal_token(self, plain: bytes, purpose: str) -> str:
        """An opaque token for a URL that only this site can make and open; another one at every call."""
        sealed = _encrypt(self.algorithm, self._token_key(purpose), plain, purpose.encode())
        return _spelled(bytes([self.algorithm]) + sealed)

    def open_token(self, token: str, purpose: str) -> bytes:
        """What a token holds; CryptoError for one of another site or purpose, or a damaged one."""
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raise CryptoError("not a token of ours") from None
        if _spelled(sealed) != token:  # the last letter's idle bits: the same token in another spelling
            raise CryptoError("not a token of ours")
        return _decrypt(_algorithm_of(sealed), self._token_key(purpose), sealed[1:], purpose.encode())

    def _token_key(self, purpose: str) -> bytes:
        return hmac.digest(self.signing_key, b"token\0" + purpose.encode(), "sha256")

    def _wrap(self, key: bytes) -> WrappedKey:
        prefix = bytes([self.algorithm]) + bytes.fromhex(self.current)
        return WrappedKey(prefix + _encrypt(self.algorithm, self.masters[self.current], key, _WRAP_AAD))

    def _unwrap(self, wrapped: bytes) -> bytes:
        algorithm = _algorithm_of(wrapped)
        master = self.masters.get(wrapped[1 : 1 + _KEY_ID_SIZE].hex())
        if master is None:
            raise CryptoError("wrapped by a master key that this ring does not hold")
        return _decrypt(algorithm, master, wrapped[1 + _KEY_ID_SIZE :], _WRAP_AAD)


class Profile(Enum):
    """How much work one check costs: STRONG in service, QUICK for tests that make many accounts."""

    STRONG = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4, type=Type.ID)
    QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1, type=Type.ID)


def hash_password(s: str, profile: Profile = Profile.STRONG) -> str:
    """The argon2id hash to keep, with its own salt and parameters inside."""
    return profile.value.hash(_typed(s))


def first_password() -> str:
    """A password nobody can guess, of every class of characters: shown once and changed at the first log-in."""
    return f"Aa1-{secrets.token_urlsafe(12)}"


def check_password(hash: str, s: str) -> bool:
    """Whether the password belongs to the hash; false, never an error, for a damaged hash."""
    try:
        return Profile.STRONG.value.verify(hash, _typed(s))
    except (VerificationError, InvalidHashError):
        return False


def check_nothing(s: str, profile: Profile = Profile.STRONG) -> bool:
    """Spend the time of one check for an account that does not exist, and answer false."""
    profile.value.hash(_typed(s))
    return False


def _typed(s: str) -> bytes:
    # The same keys give different characters on different input methods (full width, composed accents).
    return unicodedata.normalize("NFKC", s).encode("utf-8", "surrogatepass")
