"""Against stuffing, without watching people: a form that comes in a burst waits once and is stored with a mark (decision 0066)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil, inf
from time import monotonic
from uuid import UUID

from flask import Flask, Response, after_this_request, current_app, request
from sqlalchemy.orm import Session

from survey.domain.bursts import BURSTS, DESK, DESK_BURST, DEVICE, DEVICE_BURST, ONE_HAND, Pace, counted, is_full, is_one_hand
from survey.domain.wave import INVITATION, KIOSK, SLIP
from survey.queries.own_networks import Network, own_networks
from survey.settings import today
from survey.web.pace_memory import SOURCES, WAITING, PaceMemory

#: Seconds that a form of a burst waits, and how long its wait is remembered.
WAIT, WAITED_FOR = 5.0, 3600.0
#: Seconds for which the agencies' networks are known without asking the database.
NETWORKS_FOR = 60.0
#: A tablet at the desk is one device for many people.
_SHARED_DEVICE = KIOSK
#: Each code of these counts once, so nobody can send more of them than were handed out: a mailing is no rush on its desk.
_SINGLE_USE = (SLIP, INVITATION)


@dataclass(frozen=True)
class Verdict:
    """Whether a form comes in a burst (`reason`), and whether it has to wait first (`wait` seconds)."""

    reason: str | None = None
    wait: int = 0


@dataclass
class Limits:
    """What one server remembers of the pace at which forms come, and of the networks that agencies say are their own."""

    clock: Callable[[], float] = monotonic  # runs alike in all processes of a machine
    day: Callable[[], date] = today
    memory: PaceMemory = field(default_factory=PaceMemory)
    emptied_on: date = date.min
    networks: Mapping[int, tuple[Network, ...]] = field(default_factory=dict)
    networks_read_at: float = -inf

    def judge(self, device: str, desk_id: int, mode: str, response_id: UUID | None) -> Verdict:
        """What to do with a form that has come. One that came in a burst waits once; sent again after that, it is taken with its mark."""
        now, day = self.clock(), self.day()
        with self.memory as memory:
            memory.forget_before(day)
            form = memory.hashed(str(response_id))
            place, told = memory.find(WAITING, form)
            if told is None or now - told.last > WAITED_FOR:
                reason = self._reason(device, desk_id, mode, now)
                if reason is None:
                    return Verdict()
                told = Pace(now, one_hand=BURSTS.index(reason))
                memory.write(place, form, told)
        return Verdict(BURSTS[told.one_hand], max(0, ceil(told.last + WAIT - now)))

    def count(self, device: str, desk_id: int, mode: str) -> None:
        """One more form was stored. A repeat of a stored one is not counted: whoever is in doubt may send again."""
        now, day = self.clock(), self.day()
        with self.memory as memory:
            memory.forget_before(day)
            sources = [(self._device(device, desk_id), DEVICE)]
            sources += [] if mode in _SINGLE_USE else [(self._desk(desk_id), DESK)]
            for source, limit in sources:
                place, pace = memory.find(SOURCES, source)
                memory.write(place, source, counted(pace, now, limit))

    def forget_yesterday(self) -> None:
        """Empty the memory at the first request of a day, whatever it asks for: also where nobody sends a form any more."""
        day = self.day()
        if day != self.emptied_on:
            self.emptied_on = day
            with self.memory as memory:
                memory.forget_before(day)

    def networks_of(self, session: Session, agency_id: int) -> tuple[Network, ...]:
        if self.clock() - self.networks_read_at > NETWORKS_FOR:
            self.networks, self.networks_read_at = own_networks(session), self.clock()
        return self.networks.get(agency_id, ())

    def _reason(self, device: str, desk_id: int, mode: str, now: float) -> str | None:
        pace = None if mode == _SHARED_DEVICE else self.memory.read(SOURCES, self._device(device, desk_id))
        if is_one_hand(pace):
            return ONE_HAND
        if is_full(pace, now, DEVICE):
            return DEVICE_BURST
        if mode in _SINGLE_USE:
            return None
        return DESK_BURST if is_full(self.memory.read(SOURCES, self._desk(desk_id)), now, DESK) else None

    def _device(self, device: str, desk_id: int) -> int:
        """A device at one desk: where a mobile network hides a whole province behind one address, its desks still stand apart."""
        return self.memory.hashed("device", device, str(desk_id))

    def _desk(self, desk_id: int) -> int:
        return self.memory.hashed("desk", str(desk_id))


def init_app(app: Flask) -> None:
    """Made before the server forks, so that all its workers share it."""
    app.extensions["limits"] = Limits()
    app.before_request(lambda: _limits().forget_yesterday())


def judge_form(desk_id: int, mode: str, response_id: UUID | None) -> Verdict:
    """As `Limits.judge`, for the request at hand; the reply to one that has to wait says for how long."""
    verdict = _limits().judge(_device(), desk_id, mode, response_id)
    if verdict.wait:

        @after_this_request
        def say_when(response: Response) -> Response:
            response.headers["Retry-After"] = str(verdict.wait)
            return response

    return verdict


def count_form(desk_id: int, mode: str) -> None:
    _limits().count(_device(), desk_id, mode)


def is_from_own_network(session: Session, agency_id: int) -> bool:
    """Whether the request comes from a network that the agency, or one above it, says is its own."""
    networks = _limits().networks_of(session, agency_id)
    address = _address() if networks else None
    return address is not None and any(address in network for network in networks)


def _limits() -> Limits:
    found: Limits = current_app.extensions["limits"]
    return found


def _device() -> str:
    """An address and the name that its browser gives itself; nothing is stored on the phone and nothing asked of it.

    Of an IPv6 address only the network: phones choose the rest anew each day.
    """
    address = request.remote_addr or ""
    if ":" in address and (parsed := _address()) is not None:
        address = str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
    return f"{address} {request.headers.get('User-Agent', '')}"


def _address() -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
