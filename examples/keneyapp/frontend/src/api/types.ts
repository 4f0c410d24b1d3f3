export type Role = 'admin' | 'doctor' | 'nurse' | 'receptionist';
export type Gender = 'male' | 'female' | 'other' | 'unknown';
export type AppointmentStatus = 'scheduled' | 'confirmed' | 'completed' | 'cancelled' | 'no_show';
export type PrescriptionStatus = 'active' | 'completed' | 'stopped';
export type DocumentKind = 'image' | 'pdf' | 'text' | 'report';

export interface Page<T> {
  items: T[];
  total: number;
  limit: number;
  offset: number;
}

export interface Token {
  access_token: string;
  token_type: string;
  expires_in: number;
}

export interface User {
  id: number;
  username: string;
  full_name: string;
  email: string;
  role: Role;
  is_active: boolean;
}

export interface Patient {
  id: number;
  mrn: string;
  first_name: string;
  last_name: string;
  birth_date: string;
  gender: Gender;
  phone: string | null;
  email: string | null;
  address: string | null;
  blood_type: string | null;
  allergies: string | null;
  created_at: string;
  updated_at: string;
}

export interface Appointment {
  id: number;
  patient_id: number;
  doctor_id: number;
  starts_at: string;
  ends_at: string;
  status: AppointmentStatus;
  reason: string;
  notes: string | null;
}

export interface AppointmentCreate {
  patient_id: number;
  doctor_id: number;
  starts_at: string;
  ends_at: string;
  reason: string;
  notes?: string | null;
}

export interface Prescription {
  id: number;
  patient_id: number;
  prescriber_id: number;
  medication: string;
  dosage: string;
  frequency: string;
  start_date: string;
  end_date: string | null;
  instructions: string | null;
  status: PrescriptionStatus;
}

export interface PatientDocument {
  id: number;
  patient_id: number;
  kind: DocumentKind;
  filename: string;
  content_type: string;
  size: number;
  sha256: string;
  has_thumbnail: boolean;
  created_at: string;
}
