from pydantic_settings import BaseSettings
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Settings(BaseSettings):
    database_url: str = "sqlite:///./notes.db"


engine = create_engine(Settings().database_url, connect_args={"check_same_thread": False})


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


def session():
    with Session(engine) as one:
        yield one
