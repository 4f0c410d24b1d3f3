import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import MenuItem from '@mui/material/MenuItem';
import TablePagination from '@mui/material/TablePagination';
import TextField from '@mui/material/TextField';
import dayjs from 'dayjs';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import { useAppointments, useDoctors } from '../api/hooks';
import { AppointmentTable } from '../components/AppointmentTable';
import { Empty, Failed, Loading } from '../components/Feedback';
import { PageHeader } from '../components/PageHeader';

const SIZE = 15;

type When = 'coming' | 'past' | 'all';

function range(when: When): { since?: string; until?: string } {
  const midnight = dayjs().startOf('day').toISOString();
  if (when === 'coming') return { since: midnight };
  if (when === 'past') return { until: midnight };
  return {};
}

export function AppointmentsPage() {
  const [when, setWhen] = useState<When>('coming');
  const [doctorId, setDoctorId] = useState('');
  const [page, setPage] = useState(0);
  const doctors = useDoctors();
  const appointments = useAppointments({
    ...range(when),
    ...(doctorId ? { doctor_id: Number(doctorId) } : {}),
    limit: SIZE,
    offset: page * SIZE,
  });

  return (
    <>
      <PageHeader
        title="Appointments"
        subtitle={appointments.data ? `${appointments.data.total} found` : undefined}
        action={
          <Box sx={{ display: 'flex', gap: 2, flexWrap: 'wrap' }}>
            <TextField
              select
              size="small"
              label="When"
              value={when}
              onChange={(event) => {
                setWhen(event.target.value as When);
                setPage(0);
              }}
              sx={{ minWidth: 130, bgcolor: 'background.paper' }}
            >
              <MenuItem value="coming">Coming</MenuItem>
              <MenuItem value="past">Past</MenuItem>
              <MenuItem value="all">All</MenuItem>
            </TextField>
            <TextField
              select
              size="small"
              label="Doctor"
              value={doctorId}
              onChange={(event) => {
                setDoctorId(event.target.value);
                setPage(0);
              }}
              sx={{ minWidth: 180, bgcolor: 'background.paper' }}
              slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
            >
              <MenuItem value="">Everyone</MenuItem>
              {(doctors.data ?? []).map((doctor) => (
                <MenuItem key={doctor.id} value={String(doctor.id)}>
                  {doctor.full_name}
                </MenuItem>
              ))}
            </TextField>
            <Button component={Link} to="/appointments/new" variant="contained">
              New appointment
            </Button>
          </Box>
        }
      />
      <Card>
        {appointments.isPending && <Loading />}
        {appointments.isError && <Failed error={appointments.error} />}
        {appointments.data && (
          <>
            {appointments.data.items.length ? (
              <AppointmentTable appointments={appointments.data.items} />
            ) : (
              <Empty>No appointment here.</Empty>
            )}
            <TablePagination
              component="div"
              count={appointments.data.total}
              page={page}
              rowsPerPage={SIZE}
              rowsPerPageOptions={[SIZE]}
              onPageChange={(_, next) => setPage(next)}
            />
          </>
        )}
      </Card>
    </>
  );
}
