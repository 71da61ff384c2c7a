"""The libraries' instances, bound to the application by ``app.create_app``."""

from typing import Any

from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine

from models import Base


class RequestSession(Session):
    """A session whose ``info["read_only"]`` says that its transactions only read, so that they wait for no writer."""

    def get_bind(self, *arguments: Any, **options: Any) -> Engine | Connection:
        """Return the engine, or its reading variant."""
        bind = super().get_bind(*arguments, **options)
        if not self.info.get("read_only") or isinstance(bind, Connection):
            return bind
        if "reading_engine" not in self.info:  # one and the same, for a session keeps a connection per engine
            self.info["reading_engine"] = bind.execution_options(read_only=True)
        reading: Engine = self.info["reading_engine"]
        return reading


db = SQLAlchemy(
    metadata=Base.metadata,
    session_options={"class_": RequestSession, "expire_on_commit": False},
    disable_autonaming=True,
    add_models_to_shell=False,
)
migrate = Migrate()
csrf = CSRFProtect()
login_manager = LoginManager()
babel = Babel()


def begin_writing() -> None:
    """End the reading transaction of a GET request that has to write (an export leaves an audit row).

    The next statement begins a transaction that may write; rows already loaded stay as they are.
    """
    db.session.commit()
    db.session.info["read_only"] = False
