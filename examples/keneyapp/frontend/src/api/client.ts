import axios from 'axios';

import { readToken } from '../auth/token';
import type {
  Appointment,
  AppointmentCreate,
  AppointmentStatus,
  Page,
  Patient,
  PatientDocument,
  Prescription,
  Token,
  User,
} from './types';

export const http = axios.create({ baseURL: '/api/v1', timeout: 15_000 });

http.interceptors.request.use((request) => {
  const token = readToken();
  if (token) request.headers.set('Authorization', `Bearer ${token}`);
  return request;
});

const listeners = new Set<() => void>();

/** Calls back when the API no longer accepts the token; returns the way to stop. */
export function onUnauthorized(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

http.interceptors.response.use(undefined, (error: unknown) => {
  if (axios.isAxiosError(error) && error.response?.status === 401) {
    const isLogin = error.config?.url?.startsWith('/auth/login');
    if (!isLogin) listeners.forEach((listener) => listener());
  }
  return Promise.reject(error);
});

/** What to tell a person about a failed request. */
export function errorMessage(error: unknown): string {
  if (!axios.isAxiosError(error)) return 'Something went wrong.';
  const detail = (error.response?.data as { detail?: unknown } | undefined)?.detail;
  if (typeof detail === 'string') return detail;
  if (Array.isArray(detail)) {
    return detail.map((item: { msg?: string }) => item.msg ?? 'Invalid value').join('; ');
  }
  if (!error.response) return 'The server cannot be reached.';
  return `The server answered ${error.response.status}.`;
}

export async function login(username: string, password: string): Promise<Token> {
  const form = new URLSearchParams({ username, password });
  const { data } = await http.post<Token>('/auth/login', form);
  return data;
}

export interface PatientQuery {
  search?: string;
  limit: number;
  offset: number;
}

export async function listPatients({
  search,
  limit,
  offset,
}: PatientQuery): Promise<Page<Patient>> {
  const params = { limit, offset, ...(search ? { q: search } : {}) };
  const { data } = await http.get<Page<Patient>>('/patients', { params });
  return data;
}

export async function getPatient(id: number): Promise<Patient> {
  const { data } = await http.get<Patient>(`/patients/${id}`);
  return data;
}

export interface AppointmentQuery {
  patient_id?: number;
  doctor_id?: number;
  since?: string;
  until?: string;
  limit: number;
  offset: number;
}

export async function listAppointments(query: AppointmentQuery): Promise<Page<Appointment>> {
  const { data } = await http.get<Page<Appointment>>('/appointments', { params: query });
  return data;
}

export async function createAppointment(body: AppointmentCreate): Promise<Appointment> {
  const { data } = await http.post<Appointment>('/appointments', body);
  return data;
}

export async function updateAppointment(
  id: number,
  body: { status: AppointmentStatus },
): Promise<Appointment> {
  const { data } = await http.patch<Appointment>(`/appointments/${id}`, body);
  return data;
}

export async function listPrescriptions(patientId: number): Promise<Page<Prescription>> {
  const params = { patient_id: patientId, limit: 50 };
  const { data } = await http.get<Page<Prescription>>('/prescriptions', { params });
  return data;
}

export async function listDocuments(patientId: number): Promise<PatientDocument[]> {
  const { data } = await http.get<PatientDocument[]>(`/patients/${patientId}/documents`);
  return data;
}

/** The bytes of a document: the download needs the token, so a plain link does not do. */
export async function downloadDocument(id: number): Promise<Blob> {
  const { data } = await http.get<Blob>(`/documents/${id}/content`, { responseType: 'blob' });
  return data;
}

export async function listDoctors(): Promise<User[]> {
  const { data } = await http.get<User[]>('/users/doctors');
  return data;
}
