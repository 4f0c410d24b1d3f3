import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';

import { readToken } from '../auth/token';
import { renderAt } from './render';

async function signIn(password: string) {
  const user = userEvent.setup();
  await user.type(screen.getByLabelText(/user name/i), 'mdupont');
  await user.type(screen.getByLabelText(/password/i), password);
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  return user;
}

describe('login', () => {
  it('brings the visitor back to the page asked for', async () => {
    renderAt('/patients/1', { loggedIn: false });
    await signIn('secret-password');
    expect(await screen.findByRole('heading', { name: 'Awa Diallo' })).toBeInTheDocument();
    expect(readToken()).not.toBeNull();
  });

  it('says why a login fails', async () => {
    renderAt('/', { loggedIn: false });
    await signIn('wrong-password');
    expect(await screen.findByText('Incorrect username or password')).toBeInTheDocument();
    expect(readToken()).toBeNull();
  });

  it('signs out', async () => {
    renderAt('/patients');
    await userEvent.setup().click(await screen.findByRole('button', { name: 'Sign out' }));
    expect(screen.getByRole('button', { name: 'Sign in' })).toBeInTheDocument();
    expect(readToken()).toBeNull();
  });
});
