import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import { MemoryRouter } from 'react-router-dom';

import { App } from '../App';
import { AuthProvider } from '../auth/AuthContext';
import { storeToken } from '../auth/token';
import { fakeToken } from './server';

/** The whole application at one address. */
export function renderAt(path: string, { loggedIn = true } = {}) {
  if (loggedIn) storeToken(fakeToken({ sub: 'mdupont', role: 'doctor', exp: 4102444800 }));
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <QueryClientProvider client={client}>
      <AuthProvider>
        <MemoryRouter initialEntries={[path]}>
          <App />
        </MemoryRouter>
      </AuthProvider>
    </QueryClientProvider>,
  );
}
