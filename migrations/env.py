"""How Alembic reaches the database. The address comes from `survey.database`, or from SIPAS_* on the command line."""

from __future__ import annotations

from alembic import context

from survey.database import make_engine
from survey.models import Model
from survey.settings import read_settings


def run() -> None:
    url = context.config.attributes.get("url") or read_settings().database_url
    engine = make_engine(url)
    with engine.connect().execution_options(sipas_write=True) as connection:
        context.configure(connection=connection, target_metadata=Model.metadata, render_as_batch=True, transactional_ddl=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
