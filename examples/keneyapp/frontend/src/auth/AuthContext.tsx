import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';

import { login as requestLogin, onUnauthorized } from '../api/client';
import { clearToken, readToken, storeToken, tokenClaims } from './token';

interface Auth {
  username: string | null;
  role: string | null;
  isLoggedIn: boolean;
  login: (username: string, password: string) => Promise<void>;
  logout: () => void;
}

const AuthContext = createContext<Auth | null>(null);

export function AuthProvider({ children }: { children: ReactNode }) {
  const [token, setToken] = useState<string | null>(readToken);

  const logout = useCallback(() => {
    clearToken();
    setToken(null);
  }, []);

  const login = useCallback(async (username: string, password: string) => {
    const answer = await requestLogin(username, password);
    storeToken(answer.access_token);
    setToken(answer.access_token);
  }, []);

  useEffect(() => onUnauthorized(logout), [logout]);

  const value = useMemo<Auth>(() => {
    const claims = token ? tokenClaims(token) : null;
    return {
      username: claims?.sub ?? null,
      role: claims?.role ?? null,
      isLoggedIn: token !== null,
      login,
      logout,
    };
  }, [token, login, logout]);

  return <AuthContext.Provider value={value}>{children}</AuthContext.Provider>;
}

export function useAuth(): Auth {
  const auth = useContext(AuthContext);
  if (!auth) throw new Error('useAuth outside of AuthProvider');
  return auth;
}
