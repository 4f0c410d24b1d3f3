import { describe, expect, it } from 'vitest';

import { isExpired, readToken, storeToken, tokenClaims } from '../auth/token';
import { fakeToken } from './server';

describe('token', () => {
  it('reads the claims', () => {
    expect(tokenClaims(fakeToken({ sub: 'mdupont', role: 'doctor' }))).toEqual({
      sub: 'mdupont',
      role: 'doctor',
    });
    expect(tokenClaims('rubbish')).toBeNull();
    expect(tokenClaims('a.!!.c')).toBeNull();
  });

  it('forgets a token that has expired', () => {
    const old = fakeToken({ sub: 'mdupont', exp: 1_000 });
    expect(isExpired(old)).toBe(true);
    storeToken(old);
    expect(readToken()).toBeNull();
    expect(localStorage).toHaveLength(0);
  });
});
