import dayjs from 'dayjs';

/** "12 Mar 1984" */
export function formatDate(value: string | null | undefined): string {
  return value ? dayjs(value).format('D MMM YYYY') : '–';
}

/** "Mon 12 Mar, 09:30" */
export function formatDateTime(value: string): string {
  return dayjs(value).format('ddd D MMM, HH:mm');
}

/** "09:30 – 10:00" */
export function formatSlot(start: string, end: string): string {
  return `${dayjs(start).format('HH:mm')} – ${dayjs(end).format('HH:mm')}`;
}

/** Whole years between a birth date and a day (today). */
export function ageOn(birthDate: string, day: dayjs.ConfigType = undefined): number {
  return dayjs(day).diff(dayjs(birthDate), 'year');
}

/** "1.4 MB" */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(0)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** "no_show" -> "No show" */
export function humanise(word: string): string {
  const spaced = word.replace(/_/g, ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  const first = parts[0]?.[0] ?? '';
  const last = parts.length > 1 ? (parts[parts.length - 1]?.[0] ?? '') : '';
  return (first + last).toUpperCase();
}
