"""The networks that agencies say are their own."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Model


class AgencyNetwork(Model):
    """A network of an agency's office, as addresses in CIDR form. Of a response only a yes or no is kept, never the network."""

    __tablename__ = "agency_network"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    cidr: Mapped[str] = mapped_column(primary_key=True)
