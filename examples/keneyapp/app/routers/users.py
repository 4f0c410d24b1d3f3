"""Staff accounts (admins only, except the list of doctors)."""

from fastapi import APIRouter, HTTPException, status
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.deps import AdminOnly, DbSession, PagingParams, Staff
from app.models import Role, User
from app.routers.lookup import get_or_404
from app.schemas.common import Page
from app.schemas.users import UserCreate, UserOut
from app.security import hash_password

router = APIRouter(prefix="/users", tags=["users"])


@router.post("", status_code=status.HTTP_201_CREATED, response_model=UserOut)
def create_user(db: DbSession, _: AdminOnly, body: UserCreate) -> User:
    """Add an account."""
    fields = body.model_dump(exclude={"password"})
    user = User(**fields, password_hash=hash_password(body.password))
    db.add(user)
    try:
        db.commit()
    except IntegrityError as error:
        raise HTTPException(status.HTTP_409_CONFLICT, "This username is taken") from error
    return user


@router.get("")
def list_users(db: DbSession, _: AdminOnly, paging: PagingParams) -> Page[UserOut]:
    """All accounts."""
    total = db.scalar(select(func.count()).select_from(User)) or 0
    rows = db.scalars(
        select(User).order_by(User.username).limit(paging.limit).offset(paging.offset)
    )
    return Page(
        items=[UserOut.model_validate(row) for row in rows],
        total=total,
        limit=paging.limit,
        offset=paging.offset,
    )


@router.get("/doctors", response_model=list[UserOut])
def list_doctors(db: DbSession, _: Staff) -> list[User]:
    """Active doctors, for choosing one in an appointment."""
    query = (
        select(User)
        .where(User.role == Role.DOCTOR, User.is_active.is_(True))
        .order_by(User.full_name)
    )
    return list(db.scalars(query))


@router.delete("/{user_id}", response_model=UserOut)
def deactivate_user(db: DbSession, admin: AdminOnly, user_id: int) -> User:
    """Switch an account off; it stays in the records it signed."""
    user = get_or_404(db, User, user_id)
    if user.id == admin.id:
        raise HTTPException(status.HTTP_409_CONFLICT, "You can't deactivate yourself")
    user.is_active = False
    db.commit()
    return user
