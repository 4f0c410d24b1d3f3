const KEY = 'keneyapp.token';

export interface Claims {
  sub?: string;
  role?: string;
  exp?: number;
}

/** The claims of a JWT (not verified: only the API can do that), or null. */
export function tokenClaims(token: string): Claims | null {
  const payload = token.split('.')[1];
  if (!payload) return null;
  try {
    const base64 = payload.replace(/-/g, '+').replace(/_/g, '/');
    return JSON.parse(atob(base64)) as Claims;
  } catch {
    return null;
  }
}

export function isExpired(token: string, now: number = Date.now()): boolean {
  const exp = tokenClaims(token)?.exp;
  return exp !== undefined && exp * 1000 <= now;
}

export function readToken(): string | null {
  const token = localStorage.getItem(KEY);
  if (token && isExpired(token)) {
    clearToken();
    return null;
  }
  return token;
}

export function storeToken(token: string): void {
  localStorage.setItem(KEY, token);
}

export function clearToken(): void {
  localStorage.removeItem(KEY);
}
