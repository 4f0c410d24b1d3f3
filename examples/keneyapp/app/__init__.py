"""KeneyApp: patients, appointments, prescriptions and documents of a clinic."""

__version__ = "2.3.0"
