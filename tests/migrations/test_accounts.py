from __future__ import annotations

from sqlalchemy import text

from survey.database import downgrade, make_engine, upgrade

ROLES_OF = (
    "SELECT u.email, r.name FROM user_account u JOIN user_role ur ON ur.user_id = u.id JOIN role r ON r.id = ur.role_id ORDER BY 1, 2"
)


def test_the_department_becomes_analyst_and_approver_and_back(empty_database_url: str) -> None:
    upgrade(empty_database_url, "0005")
    engine = make_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO role (id, name) VALUES (1, 'agency_head'), (2, 'department')"))
        for number, name in enumerate(("head", "so-noi-vu"), start=1):
            user = {"id": number, "email": name, "active": True}
            connection.execute(
                text("INSERT INTO user_account (id, email, active, fs_uniquifier) VALUES (:id, :email, :active, :email)"), user
            )
            connection.execute(text("INSERT INTO user_role (user_id, role_id) VALUES (:id, :id)"), user)
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT setval('role_id_seq', 2)"))
    upgrade(empty_database_url, "0010")
    with engine.connect() as connection:
        assert connection.execute(text(ROLES_OF)).all() == [("head", "agency_head"), ("so-noi-vu", "analyst"), ("so-noi-vu", "approver")]
    downgrade(empty_database_url, "0005")
    with engine.connect() as connection:
        assert connection.execute(text(ROLES_OF)).all() == [("head", "agency_head"), ("so-noi-vu", "department")]
    engine.dispose()
