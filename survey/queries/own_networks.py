"""Which networks agencies say are their own."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.agency_tree import subtree
from survey.models import Agency, AgencyNetwork
from survey.queries.agencies import parents_of

Network = IPv4Network | IPv6Network


def own_networks(session: Session) -> Mapping[int, tuple[Network, ...]]:
    """By agency, its networks and those of all above it: a province's offices may share one way out. Agencies without any are left out."""
    declared = session.execute(select(AgencyNetwork.agency_id, AgencyNetwork.cidr)).all()
    if not declared:
        return {}
    parents = parents_of(session)
    found: dict[int, tuple[Network, ...]] = {}
    for owner, cidr in declared:
        for agency in subtree(owner, parents):
            found[agency] = (*found.get(agency, ()), ip_network(cidr))
    return found


def list_networks(session: Session) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Agency.code, AgencyNetwork.cidr).join(Agency, Agency.id == AgencyNetwork.agency_id).order_by(Agency.code, AgencyNetwork.cidr)
    )
    return [{"agency": code, "network": cidr} for code, cidr in rows]
