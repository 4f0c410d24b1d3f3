import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';

import { renderAt } from './render';
import { server } from './server';

describe('patients', () => {
  it('lists and pages', async () => {
    renderAt('/patients');
    expect(await screen.findByText('Awa Diallo')).toBeInTheDocument();
    expect(screen.getByText('23 on record')).toBeInTheDocument();
    await userEvent.setup().click(screen.getByRole('button', { name: 'Go to next page' }));
    expect(await screen.findByText('First11 Last11')).toBeInTheDocument();
  });

  it('searches', async () => {
    renderAt('/patients');
    await screen.findByText('First2 Last2');
    await userEvent.setup().type(screen.getByLabelText('Search patients'), 'diallo');
    expect(await screen.findByText('1 on record')).toBeInTheDocument();
    expect(screen.queryByText('First2 Last2')).not.toBeInTheDocument();
  });

  it('shows one patient with allergies and appointments', async () => {
    renderAt('/patients/1');
    expect(await screen.findByText(/Penicillin/)).toBeInTheDocument();
    expect(await screen.findByText('Annual check-up')).toBeInTheDocument();
  });

  it('tells what the server says about a missing patient', async () => {
    renderAt('/patients/999');
    expect(await screen.findByText('Patient not found')).toBeInTheDocument();
  });

  it('goes back to the login when the token is refused', async () => {
    server.use(
      http.get('*/api/v1/patients', () =>
        HttpResponse.json({ detail: 'Could not validate credentials' }, { status: 401 }),
      ),
    );
    renderAt('/patients');
    expect(await screen.findByRole('button', { name: 'Sign in' })).toBeInTheDocument();
  });
});
