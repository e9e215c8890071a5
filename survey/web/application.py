"""Put the application together."""

from __future__ import annotations

from inspect import iscoroutinefunction

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from survey import i18n
from survey.database import db, engine_options, prepare
from survey.settings import PROJECT, Settings, make_home, read_settings, today
from survey.web import (
    account,
    actions,
    agencies,
    agency,
    agency_changes,
    agency_import,
    approvals,
    cases,
    citizen,
    comments,
    dead_codes,
    department,
    desks,
    drill_down,
    exports,
    failures,
    field_watch,
    flag_reviews,
    headers,
    invitations,
    kiosk,
    limits,
    log_in,
    ops,
    own_account,
    people,
    questionnaires,
    receipts,
    rotating_code,
    security_keys,
    settings_page,
    sign_on,
    slip_batches,
    slips,
    targets,
    trends,
    wave_forms,
    waves,
)
from survey.web.anonymous_pages import SurveyApp

#: The longest form with a comment of 2,000 letters is well under this; anything larger is not one of our forms.
LARGEST_BODY = 256 * 1024


def build(settings: Settings | None = None) -> Flask:
    settings = settings or read_settings()
    make_home(settings.home)
    app = SurveyApp("survey", template_folder=str(PROJECT / "templates"), static_folder=None, instance_path=str(settings.home))
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_ENGINES={"default": engine_options(settings.database_url)},
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=500,
        WTF_CSRF_TIME_LIMIT=None,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https:"),
        SESSION_COOKIE_NAME="__Host-session" if settings.base_url.startswith("https:") else "session",
        **account.SECURITY,
        **log_in.settings(settings.secret_key),
        SECURITY_PASSWORD_SALT=settings.secret_key,
    )
    _connect(app)
    csrf = CSRFProtect(app)
    csrf.exempt(citizen.blueprint)  # no cookie, no session: there is nothing to forge
    account.init_app(app)
    app.keep_steps_for_staff()
    i18n.init_app(app)
    app.jinja_env.globals["stage_of"] = lambda wave: wave.stage(today())
    headers.init_app(app)
    failures.init_app(app)
    limits.init_app(app)
    dead_codes.init_app(app)
    modules = (
        citizen,
        slips,
        receipts,
        kiosk,
        rotating_code,
        actions,
        agency,
        agencies,
        agency_changes,
        agency_import,
        approvals,
        cases,
        comments,
        department,
        desks,
        drill_down,
        exports,
        field_watch,
        flag_reviews,
        invitations,
        slip_batches,
        own_account,
        security_keys,
        settings_page,
        sign_on,
        people,
        questionnaires,
        targets,
        trends,
        wave_forms,
        waves,
        ops,
    )
    for blueprint in dict.fromkeys(module.blueprint for module in modules):  # the first five add their pages to one
        app.register_blueprint(blueprint)
    app.wsgi_app = WhiteNoise(app.wsgi_app, root=str(PROJECT / "survey" / "static"), prefix="static/")  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _connect(app: Flask) -> None:
    db.init_app(app)
    # The library also closes asynchronous sessions, in an event loop of its own at the end of every request. We have none, and
    # the loop would cost as much CPU as the rest of a small request.
    app.teardown_appcontext_funcs[:] = [close for close in app.teardown_appcontext_funcs if not iscoroutinefunction(close)]
    with app.app_context():
        for engine in db.engines.values():
            prepare(engine)
