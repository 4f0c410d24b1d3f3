"""The GraphQL schema and its resolvers (graphql-core, schema first)."""

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo, GraphQLSchema, build_schema
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models import Appointment, AppointmentStatus, Patient, Prescription, Role, User

SDL = """
type Query {
  me: User!
  patient(id: Int!): Patient
  patients(search: String, limit: Int = 20, offset: Int = 0): [Patient!]!
  appointments(patientId: Int, limit: Int = 20): [Appointment!]!
}

type Mutation {
  "Cancel an appointment that has not happened yet."
  cancelAppointment(id: Int!): Appointment!
}

type User { id: Int!, username: String!, fullName: String!, role: String! }

type Patient {
  id: Int!
  mrn: String!
  firstName: String!
  lastName: String!
  birthDate: String!
  gender: String!
  phone: String
  email: String
  bloodType: String
  allergies: String
  appointments: [Appointment!]!
  prescriptions: [Prescription!]!
}

type Appointment {
  id: Int!
  startsAt: String!
  endsAt: String!
  status: String!
  reason: String!
  patient: Patient!
  doctor: User!
}

type Prescription {
  id: Int!
  medication: String!
  dosage: String!
  frequency: String!
  startDate: String!
  status: String!
  prescriber: User!
}
"""

MAX_PAGE = 100


@dataclass(frozen=True)
class GraphQLContext:
    """What a resolver may use."""

    db: Session
    user: User


def _context(info: GraphQLResolveInfo) -> GraphQLContext:
    context = info.context
    assert isinstance(context, GraphQLContext)
    return context


def _me(_: None, info: GraphQLResolveInfo) -> User:
    return _context(info).user


def _patient(_: None, info: GraphQLResolveInfo, id: int) -> Patient | None:
    return _context(info).db.get(Patient, id)


def _patients(
    _: None, info: GraphQLResolveInfo, limit: int, offset: int, search: str | None = None
) -> list[Patient]:
    query = select(Patient).order_by(Patient.last_name, Patient.id)
    if search:
        query = query.where(
            or_(
                Patient.last_name.icontains(search, autoescape=True),
                Patient.first_name.icontains(search, autoescape=True),
                Patient.mrn.icontains(search, autoescape=True),
            )
        )
    query = query.limit(max(1, min(limit, MAX_PAGE))).offset(max(0, offset))
    return list(_context(info).db.scalars(query))


def _appointments(
    _: None, info: GraphQLResolveInfo, limit: int, patientId: int | None = None
) -> list[Appointment]:
    query = select(Appointment).order_by(Appointment.starts_at)
    if patientId is not None:
        query = query.where(Appointment.patient_id == patientId)
    return list(_context(info).db.scalars(query.limit(max(1, min(limit, MAX_PAGE)))))


def _prescriptions(patient: Patient, info: GraphQLResolveInfo) -> list[Prescription]:
    if _context(info).user.role is Role.RECEPTIONIST:
        raise GraphQLError("Not allowed for role receptionist")
    return patient.prescriptions


def _cancel_appointment(_: None, info: GraphQLResolveInfo, id: int) -> Appointment:
    db = _context(info).db
    appointment = db.get(Appointment, id)
    if appointment is None:
        raise GraphQLError("Appointment not found")
    if appointment.status is AppointmentStatus.COMPLETED:
        raise GraphQLError("A completed appointment can't be cancelled")
    appointment.status = AppointmentStatus.CANCELLED
    db.commit()
    return appointment


def _snake(name: str) -> str:
    return "".join("_" + char.lower() if char.isupper() else char for char in name)


def field_resolver(source: Any, info: GraphQLResolveInfo) -> Any:
    """`birthDate` of the schema is `birth_date` of the model; dates become ISO text."""
    value = getattr(source, _snake(info.field_name))
    return value.isoformat() if hasattr(value, "isoformat") else value


def make_schema() -> GraphQLSchema:
    """The schema with its resolvers attached."""
    schema = build_schema(SDL)
    resolvers: dict[str, dict[str, Any]] = {
        "Query": {
            "me": _me,
            "patient": _patient,
            "patients": _patients,
            "appointments": _appointments,
        },
        "Mutation": {"cancelAppointment": _cancel_appointment},
        "Patient": {"prescriptions": _prescriptions},
    }
    for type_name, fields in resolvers.items():
        object_type: Any = schema.get_type(type_name)
        for field_name, resolver in fields.items():
            object_type.fields[field_name].resolve = resolver
    return schema
