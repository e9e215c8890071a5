"""Staff accounts. Log-in itself is Flask-Security's; ours are the roles, the agency, the sessions and who needs a second factor."""

from __future__ import annotations

from flask_security import RoleMixin, UserMixin
from sqlalchemy import JSON, BigInteger, Column, ForeignKey, String, Table, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.domain.permissions import SECOND_FACTOR
from survey.models.agency import Agency
from survey.models.base import Model
from survey.models.security_key import SecurityKey

user_role = Table(
    "user_role",
    Model.metadata,
    Column("user_id", ForeignKey("user_account.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Model, RoleMixin):
    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    permissions = None  # what a role may do is decided in survey.domain.permissions


class User(Model, UserMixin):
    """A person of the staff. When somebody logged in stands in the audit log, and no IP address anywhere."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool]
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(Text)  # encrypted
    tf_last_counter: Mapped[int | None]  # the time step of the last code that was used: none is used twice
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(JSON)  # their keyed hashes; each goes when it is used
    sign_on_sha256: Mapped[str | None] = mapped_column(String(64), unique=True, index=True)  # who this is at the province's provider
    second_factor_waived: Mapped[bool] = mapped_column(server_default=false(), default=False)  # accounts of a demonstration

    roles: Mapped[list[Role]] = relationship(secondary=user_role, lazy="selectin")  # type: ignore[assignment]
    agency: Mapped[Agency | None] = relationship(lazy="selectin")

    keys: Mapped[list[SecurityKey]] = relationship(viewonly=True)

    @property
    def has_keys(self) -> bool:
        return bool(self.keys)

    @property
    def role_names(self) -> frozenset[str]:
        return frozenset(role.name for role in self.roles)

    @property
    def has_second_factor(self) -> bool:
        return bool(self.tf_totp_secret and self.tf_primary_method)

    @property
    def works_for_all(self) -> bool:
        """Whether the person sees or changes the work of several agencies, and so needs a second factor."""
        return bool(self.role_names & SECOND_FACTOR)

    def check_tf_required_setup(self) -> bool:
        """Flask-Security asks: may this person do without a second factor?"""
        return self.works_for_all and not self.second_factor_waived

    def check_tf_required(self, tf_setup_methods: list[tuple[str, str]], _tf_fresh: bool) -> tuple[bool, list[tuple[str, str]]]:
        """Flask-Security asks after the password: who has one uses it every time; who must have one is led to make it."""
        return bool(tf_setup_methods) or self.check_tf_required_setup(), tf_setup_methods


class LoginSession(Model):
    """One browser that is logged in. The cookie holds the token, the database its hash; without the row the cookie is worth nothing."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    began_at: Mapped[int] = mapped_column(BigInteger)  # seconds since 1970: both databases compare them alike
    seen_at: Mapped[int] = mapped_column(BigInteger)


class LogInAttempt(Model):
    """How often somebody tried in vain to be a person, whether there is such a person or not."""

    __tablename__ = "log_in_attempt"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # a keyed hash of what was typed as the address
    failures: Mapped[int]
    last_at: Mapped[int] = mapped_column(BigInteger)
