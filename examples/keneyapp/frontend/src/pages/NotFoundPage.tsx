import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { Link } from 'react-router-dom';

export function NotFoundPage() {
  return (
    <Stack sx={{ alignItems: 'center', py: 10, gap: 2 }}>
      <Typography variant="h4" component="h1">
        Page not found
      </Typography>
      <Typography color="text.secondary">
        The address may be mistyped, or the record was removed.
      </Typography>
      <Button component={Link} to="/" variant="contained">
        Back to today
      </Button>
    </Stack>
  );
}
