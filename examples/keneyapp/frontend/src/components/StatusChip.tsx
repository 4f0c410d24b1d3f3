import Chip from '@mui/material/Chip';
import type { ChipProps } from '@mui/material/Chip';

import { humanise } from '../format';

const colours: Record<string, ChipProps['color']> = {
  scheduled: 'info',
  confirmed: 'primary',
  completed: 'success',
  active: 'success',
  cancelled: 'default',
  stopped: 'default',
  no_show: 'warning',
};

export function StatusChip({ status }: { status: string }) {
  return (
    <Chip
      size="small"
      variant="outlined"
      label={humanise(status)}
      color={colours[status] ?? 'default'}
    />
  );
}
