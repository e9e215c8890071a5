"""A security key in software: it answers as a device does, and, asked to, as no honest one would."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT, _WITH_KEY = 0x01, 0x40


class SoftwareKey:
    def __init__(self) -> None:
        self._secret = ec.generate_private_key(ec.SECP256R1())
        self.id = token_bytes(16)
        self.count = 0

    def make(self, options: dict[str, Any], origin: str) -> str:
        numbers = self._secret.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        about = self._about(options["rp"]["id"], _PRESENT | _WITH_KEY) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": about})
        return self._answer(_client("create", options, origin), attestationObject=attestation)

    def use(self, options: dict[str, Any], origin: str) -> str:
        self.count += 1
        about, client = self._about(options["rpId"], _PRESENT), _client("get", options, origin)
        signature = self._secret.sign(about + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(client, authenticatorData=about, signature=signature)

    def _about(self, host: str, flags: int) -> bytes:
        return sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, client: bytes, **parts: bytes) -> str:
        response = {name: _text(part) for name, part in (parts | {"clientDataJSON": client}).items()}
        return json.dumps({"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "response": response})


def _client(what: str, options: dict[str, Any], origin: str) -> bytes:
    return json.dumps({"type": f"webauthn.{what}", "challenge": options["challenge"], "origin": origin, "crossOrigin": False}).encode()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
