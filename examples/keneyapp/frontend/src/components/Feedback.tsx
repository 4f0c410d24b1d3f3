import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import CircularProgress from '@mui/material/CircularProgress';
import Typography from '@mui/material/Typography';

import { errorMessage } from '../api/client';

export function Loading() {
  return (
    <Box sx={{ display: 'grid', placeItems: 'center', py: 6 }}>
      <CircularProgress aria-label="Loading" />
    </Box>
  );
}

export function Failed({ error }: { error: unknown }) {
  return (
    <Alert severity="error" sx={{ my: 2 }}>
      {errorMessage(error)}
    </Alert>
  );
}

export function Empty({ children }: { children: string }) {
  return (
    <Typography color="text.secondary" sx={{ py: 4, textAlign: 'center' }}>
      {children}
    </Typography>
  );
}
