"""Declare a network to be an agency's own, and take that back."""

from __future__ import annotations

from ipaddress import ip_network

from sqlalchemy import delete
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.errors import Conflict, Invalid, NotFound
from survey.models import AgencyNetwork
from survey.queries.agencies import find_agency
from survey.services.audit import record

#: Wider ones hold more than an office.
_WIDEST = {4: 8, 6: 32}


def declare_network(session: Session, agency_code: str, network: str) -> str:
    """From now on a response to a desk of the agency, or of one below it, tells whether it came from this network.

    The network is returned as it is stored. `Invalid` when it is none, or too wide; `Conflict` when it is there already.
    """
    cidr = _cidr(network)
    with transaction(session):
        key = (_agency_id(session, agency_code), cidr)
        if session.get(AgencyNetwork, key) is not None:
            raise Conflict(f"{cidr} is a network of {agency_code} already.")
        session.add(AgencyNetwork(agency_id=key[0], cidr=cidr))
        record(session, "network_declared", agency_code, after={"network": cidr})
    return cidr


def withdraw_network(session: Session, agency_code: str, network: str) -> str:
    """Later responses are no longer compared with it; what is stored stays."""
    cidr = _cidr(network)
    with transaction(session):
        agency_id = _agency_id(session, agency_code)
        gone = session.execute(
            delete(AgencyNetwork).where(AgencyNetwork.agency_id == agency_id, AgencyNetwork.cidr == cidr).returning(AgencyNetwork.cidr)
        )
        if gone.first() is None:
            raise NotFound(f"{cidr} is no network of {agency_code}. `sipas agency network list` shows them.")
        record(session, "network_withdrawn", agency_code, before={"network": cidr})
    return cidr


def _agency_id(session: Session, code: str) -> int:
    agency = find_agency(session, code)
    if agency is None:
        raise NotFound(f"There is no agency {code!r}. `sipas agency list` shows them.")
    return agency.id


def _cidr(text: str) -> str:
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise Invalid(f"{text!r} is no network. Write it like 203.0.113.0/24, or 203.0.113.7 for one address.") from error
    if network.prefixlen < _WIDEST[network.version]:
        raise Invalid(f"{network} is too wide for an office: /{_WIDEST[network.version]} is the widest that is taken.")
    return str(network)
