import { describe, expect, it } from 'vitest';

import { ageOn, formatBytes, formatDate, humanise, initials } from '../format';

describe('format', () => {
  it('counts whole years only', () => {
    expect(ageOn('2000-06-15', '2025-06-14')).toBe(24);
    expect(ageOn('2000-06-15', '2025-06-15')).toBe(25);
  });

  it('writes sizes for people', () => {
    expect(formatBytes(512)).toBe('512 B');
    expect(formatBytes(20 * 1024)).toBe('20 kB');
    expect(formatBytes(1.5 * 1024 * 1024)).toBe('1.5 MB');
  });

  it('shows a dash for a missing date', () => {
    expect(formatDate(null)).toBe('–');
    expect(formatDate('1984-03-12')).toBe('12 Mar 1984');
  });

  it('turns names into words and initials', () => {
    expect(humanise('no_show')).toBe('No show');
    expect(initials('Awa Fatou Diallo')).toBe('AD');
    expect(initials('admin')).toBe('A');
  });
});
