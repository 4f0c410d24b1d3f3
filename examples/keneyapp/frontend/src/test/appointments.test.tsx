import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';

import { renderAt } from './render';
import { server } from './server';

async function fillForm() {
  const user = userEvent.setup();
  await user.click(await screen.findByLabelText(/^doctor/i));
  await user.click(await screen.findByRole('option', { name: 'Dr Marie Dupont' }));
  await user.type(screen.getByLabelText(/reason/i), 'Vaccination');
  await user.click(screen.getByRole('button', { name: 'Save appointment' }));
}

describe('appointments', () => {
  it('lists appointments with the names of the patients', async () => {
    renderAt('/appointments');
    expect(await screen.findByText('Annual check-up')).toBeInTheDocument();
    expect(await screen.findByRole('link', { name: 'Awa Diallo' })).toHaveAttribute(
      'href',
      '/patients/1',
    );
  });

  it('creates one for the patient in the address', async () => {
    let sent: Record<string, unknown> | null = null;
    server.use(
      http.post('*/api/v1/appointments', async ({ request }) => {
        sent = (await request.json()) as Record<string, unknown>;
        return HttpResponse.json({ id: 8, status: 'scheduled', ...sent }, { status: 201 });
      }),
    );
    renderAt('/appointments/new?patient=1');
    await fillForm();
    await waitFor(() => expect(sent).not.toBeNull());
    expect(sent).toMatchObject({ patient_id: 1, doctor_id: 2, reason: 'Vaccination', notes: null });
    const { starts_at, ends_at } = sent as unknown as { starts_at: string; ends_at: string };
    expect(Date.parse(ends_at) - Date.parse(starts_at)).toBe(30 * 60 * 1000);
    expect(await screen.findByRole('heading', { name: 'Appointments' })).toBeInTheDocument();
  });

  it('shows that the doctor is busy', async () => {
    server.use(
      http.post('*/api/v1/appointments', () =>
        HttpResponse.json({ detail: 'The doctor is busy at that time' }, { status: 409 }),
      ),
    );
    renderAt('/appointments/new?patient=1');
    await fillForm();
    expect(await screen.findByText('The doctor is busy at that time')).toBeInTheDocument();
  });
});
