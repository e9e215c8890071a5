"""The administrator's page of settings: those of the province, one form each, and those of the machine to read."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from sqlalchemy import make_url
from werkzeug.wrappers import Response

from survey.database import db
from survey.domain.province_settings import CHOICES, DEFAULTS, LONGEST, check, default_of
from survey.errors import Invalid
from survey.queries.province_settings import read_settings
from survey.services.change_setting import change_setting
from survey.settings import Settings
from survey.web.account import needs

blueprint = Blueprint("settings", __name__)
#: Instead of a secret: only whether there is one.
SECRET = object()


@blueprint.get("/settings")
@needs("manage_settings")
def show() -> str:
    return _page(changed=request.args.get("changed", ""))


@blueprint.post("/settings/<name>")
@needs("manage_settings")
def change(name: str) -> Response | tuple[str, int]:
    default = default_of(name)
    typed = request.form.get("value", "")
    try:
        value = default if "default" in request.form else check(name, typed)
    except Invalid as refusal:
        return _page(wrong={name: refusal.code}, typed={name: typed}), 422
    change_setting(db.session, name, value)
    return redirect(url_for("settings.show", changed=name, _anchor=name), code=303)


def _page(*, changed: str = "", wrong: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> str:
    return render_template(
        "account/settings.html", values=asdict(read_settings(db.session)), defaults=DEFAULTS, choices=CHOICES, longest=LONGEST,
        changed=changed, wrong=wrong or {}, typed=typed or {}, machine=_machine(), SECRET=SECRET,
    )  # fmt: skip


def _machine() -> dict[str, object]:
    """What the environment of the process says (.env.example); no secret, not even in part."""
    settings: Settings = current_app.config["SETTINGS"]
    sign_on = settings.sign_on
    return {
        "SIPAS_HOME": settings.home,
        "SIPAS_DATABASE_URL": make_url(settings.database_url).set(query={}).render_as_string(hide_password=True),
        "SIPAS_SECRET_KEY": SECRET,
        "SIPAS_BASE_URL": settings.base_url,
        "SIPAS_TRUSTED_PROXIES": settings.trusted_proxies,
        "SIPAS_OIDC_ISSUER": sign_on and sign_on.issuer,
        "SIPAS_OIDC_CLIENT_ID": sign_on and sign_on.client_id,
        "SIPAS_OIDC_CLIENT_SECRET": sign_on and SECRET,
        "SIPAS_OIDC_SEVERAL_FACTORS_ACR": sign_on and sign_on.several_factors_acr,
    }
