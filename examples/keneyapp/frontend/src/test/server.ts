import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import type { Appointment, Patient } from '../api/types';

export function fakeToken(claims: object): string {
  const part = (value: object) => btoa(JSON.stringify(value)).replace(/=+$/, '');
  return `${part({ alg: 'none' })}.${part(claims)}.signature`;
}

export const patients: Patient[] = Array.from({ length: 23 }, (_, index) => ({
  id: index + 1,
  mrn: `MRN-${String(index + 1).padStart(5, '0')}`,
  first_name: index === 0 ? 'Awa' : `First${index + 1}`,
  last_name: index === 0 ? 'Diallo' : `Last${index + 1}`,
  birth_date: '1984-03-12',
  gender: 'female',
  phone: '+33 1 23 45 67 89',
  email: index === 0 ? 'awa.diallo@example.org' : null,
  address: null,
  blood_type: 'O+',
  allergies: index === 0 ? 'Penicillin' : null,
  created_at: '2025-01-01T08:00:00Z',
  updated_at: '2025-01-01T08:00:00Z',
}));

export const appointments: Appointment[] = [
  {
    id: 7,
    patient_id: 1,
    doctor_id: 2,
    starts_at: '2025-11-03T09:00:00Z',
    ends_at: '2025-11-03T09:30:00Z',
    status: 'scheduled',
    reason: 'Annual check-up',
    notes: null,
  },
];

function page<T>(all: T[], url: string) {
  const params = new URL(url).searchParams;
  const limit = Number(params.get('limit') ?? 20);
  const offset = Number(params.get('offset') ?? 0);
  return { items: all.slice(offset, offset + limit), total: all.length, limit, offset };
}

export const server = setupServer(
  http.post('*/api/v1/auth/login', async ({ request }) => {
    const form = new URLSearchParams(await request.text());
    if (form.get('password') !== 'secret-password') {
      return HttpResponse.json({ detail: 'Incorrect username or password' }, { status: 401 });
    }
    const token = fakeToken({ sub: form.get('username'), role: 'doctor', exp: 4102444800 });
    return HttpResponse.json({ access_token: token, token_type: 'bearer', expires_in: 3600 });
  }),
  http.get('*/api/v1/patients', ({ request }) => {
    const search = new URL(request.url).searchParams.get('q')?.toLowerCase() ?? '';
    const found = patients.filter((patient) =>
      `${patient.first_name} ${patient.last_name} ${patient.mrn}`.toLowerCase().includes(search),
    );
    return HttpResponse.json(page(found, request.url));
  }),
  http.get('*/api/v1/patients/:id', ({ params }) => {
    const patient = patients.find((candidate) => candidate.id === Number(params.id));
    if (!patient) return HttpResponse.json({ detail: 'Patient not found' }, { status: 404 });
    return HttpResponse.json(patient);
  }),
  http.get('*/api/v1/appointments', ({ request }) =>
    HttpResponse.json(page(appointments, request.url)),
  ),
  http.get('*/api/v1/users/doctors', () =>
    HttpResponse.json([{ id: 2, full_name: 'Dr Marie Dupont', role: 'doctor' }]),
  ),
);
