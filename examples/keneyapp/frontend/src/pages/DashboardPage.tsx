import { mdiAccountGroup, mdiCalendarCheck, mdiCalendarClock } from '@mdi/js';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import CardContent from '@mui/material/CardContent';
import Typography from '@mui/material/Typography';
import dayjs from 'dayjs';
import { Link } from 'react-router-dom';

import { useAppointments, usePatients } from '../api/hooks';
import { AppointmentTable } from '../components/AppointmentTable';
import { Empty, Failed, Loading } from '../components/Feedback';
import { Icon } from '../components/Icon';
import { PageHeader } from '../components/PageHeader';

interface FigureProps {
  icon: string;
  label: string;
  value: number | undefined;
}

function Figure({ icon, label, value }: FigureProps) {
  return (
    <Card sx={{ flex: '1 1 200px' }}>
      <CardContent sx={{ display: 'flex', alignItems: 'center', gap: 2 }}>
        <Box sx={{ p: 1.2, borderRadius: 2, bgcolor: '#e6f4f2', display: 'flex' }}>
          <Icon path={icon} color="primary" />
        </Box>
        <Box>
          <Typography variant="h4" component="p">
            {value ?? '–'}
          </Typography>
          <Typography color="text.secondary" variant="body2">
            {label}
          </Typography>
        </Box>
      </CardContent>
    </Card>
  );
}

interface AgendaProps {
  title: string;
  empty: string;
  query: ReturnType<typeof useAppointments>;
}

function Agenda({ title, empty, query }: AgendaProps) {
  return (
    <Card sx={{ mb: 3 }}>
      <CardContent>
        <Typography variant="h6" component="h2" sx={{ mb: 1 }}>
          {title}
        </Typography>
        {query.isPending && <Loading />}
        {query.isError && <Failed error={query.error} />}
        {query.data &&
          (query.data.items.length ? (
            <AppointmentTable appointments={query.data.items} />
          ) : (
            <Empty>{empty}</Empty>
          ))}
      </CardContent>
    </Card>
  );
}

export function DashboardPage() {
  const patients = usePatients({ limit: 1, offset: 0 });
  const day = dayjs().startOf('day');
  const tomorrow = day.add(1, 'day');
  const today = useAppointments({
    since: day.toISOString(),
    until: tomorrow.toISOString(),
    limit: 50,
    offset: 0,
  });
  const coming = useAppointments({ since: tomorrow.toISOString(), limit: 8, offset: 0 });

  return (
    <>
      <PageHeader
        title="Today"
        subtitle={dayjs().format('dddd, D MMMM YYYY')}
        action={
          <Button component={Link} to="/appointments/new" variant="contained">
            New appointment
          </Button>
        }
      />
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, mb: 3 }}>
        <Figure icon={mdiAccountGroup} label="Patients" value={patients.data?.total} />
        <Figure icon={mdiCalendarClock} label="Appointments today" value={today.data?.total} />
        <Figure icon={mdiCalendarCheck} label="Coming up" value={coming.data?.total} />
      </Box>
      <Agenda title="Today" empty="No appointment today." query={today} />
      <Agenda title="Next" empty="Nothing is planned." query={coming} />
    </>
  );
}
