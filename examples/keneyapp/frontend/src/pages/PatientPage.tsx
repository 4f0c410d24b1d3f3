import {
  mdiAlertCircleOutline,
  mdiFileDocumentOutline,
  mdiFileImageOutline,
  mdiFilePdfBox,
} from '@mdi/js';
import Alert from '@mui/material/Alert';
import Avatar from '@mui/material/Avatar';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import CardContent from '@mui/material/CardContent';
import Chip from '@mui/material/Chip';
import List from '@mui/material/List';
import ListItemButton from '@mui/material/ListItemButton';
import ListItemIcon from '@mui/material/ListItemIcon';
import ListItemText from '@mui/material/ListItemText';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableContainer from '@mui/material/TableContainer';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { Link, useParams } from 'react-router-dom';

import { downloadDocument, errorMessage } from '../api/client';
import { useAppointments, useDocuments, usePatient, usePrescriptions } from '../api/hooks';
import type { DocumentKind, Patient, PatientDocument } from '../api/types';
import { AppointmentTable } from '../components/AppointmentTable';
import { Empty, Failed, Loading } from '../components/Feedback';
import { Icon } from '../components/Icon';
import { StatusChip } from '../components/StatusChip';
import { ageOn, formatBytes, formatDate, formatDateTime, humanise, initials } from '../format';
import { NotFoundPage } from './NotFoundPage';

const documentIcons: Record<DocumentKind, string> = {
  image: mdiFileImageOutline,
  pdf: mdiFilePdfBox,
  report: mdiFilePdfBox,
  text: mdiFileDocumentOutline,
};

export function PatientPage() {
  const id = Number(useParams().id);
  if (!Number.isInteger(id) || id < 1) return <NotFoundPage />;
  return <PatientFile key={id} id={id} />;
}

function PatientFile({ id }: { id: number }) {
  const patient = usePatient(id);
  const [tab, setTab] = useState('appointments');

  if (patient.isPending) return <Loading />;
  if (patient.isError) return <Failed error={patient.error} />;

  return (
    <>
      <Details patient={patient.data} />
      <Card sx={{ mt: 3 }}>
        <Tabs value={tab} onChange={(_, next: string) => setTab(next)} sx={{ px: 2 }}>
          <Tab value="appointments" label="Appointments" />
          <Tab value="prescriptions" label="Prescriptions" />
          <Tab value="documents" label="Documents" />
        </Tabs>
        <CardContent sx={{ borderTop: 1, borderColor: 'divider' }}>
          {tab === 'appointments' && <Appointments patientId={id} />}
          {tab === 'prescriptions' && <Prescriptions patientId={id} />}
          {tab === 'documents' && <Documents patientId={id} />}
        </CardContent>
      </Card>
    </>
  );
}

function Details({ patient }: { patient: Patient }) {
  const name = `${patient.first_name} ${patient.last_name}`;
  const fields: [string, string][] = [
    ['Born', `${formatDate(patient.birth_date)} (${ageOn(patient.birth_date)} years)`],
    ['Gender', humanise(patient.gender)],
    ['Blood type', patient.blood_type ?? '–'],
    ['Phone', patient.phone ?? '–'],
    ['E-mail', patient.email ?? '–'],
    ['Address', patient.address ?? '–'],
  ];
  return (
    <Card>
      <CardContent sx={{ p: 3 }}>
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, mb: 3, flexWrap: 'wrap' }}>
          <Avatar sx={{ width: 56, height: 56, bgcolor: 'primary.main' }}>{initials(name)}</Avatar>
          <Box sx={{ flexGrow: 1 }}>
            <Typography variant="h4" component="h1">
              {name}
            </Typography>
            <Chip size="small" label={patient.mrn} sx={{ fontFamily: 'monospace' }} />
          </Box>
          <Button
            component={Link}
            to={`/appointments/new?patient=${patient.id}`}
            variant="contained"
          >
            New appointment
          </Button>
        </Box>
        {patient.allergies && (
          <Alert severity="warning" icon={<Icon path={mdiAlertCircleOutline} />} sx={{ mb: 3 }}>
            Allergies: {patient.allergies}
          </Alert>
        )}
        <Box
          component="dl"
          sx={{
            display: 'grid',
            gridTemplateColumns: 'repeat(auto-fill, minmax(230px, 1fr))',
            gap: 2,
            m: 0,
          }}
        >
          {fields.map(([label, value]) => (
            <Box key={label}>
              <Typography component="dt" variant="caption" color="text.secondary">
                {label}
              </Typography>
              <Typography component="dd" sx={{ m: 0, overflowWrap: 'anywhere' }}>
                {value}
              </Typography>
            </Box>
          ))}
        </Box>
      </CardContent>
    </Card>
  );
}

function Appointments({ patientId }: { patientId: number }) {
  const { data, isPending, error } = useAppointments({
    patient_id: patientId,
    limit: 50,
    offset: 0,
  });
  if (isPending) return <Loading />;
  if (error) return <Failed error={error} />;
  if (!data.items.length) return <Empty>No appointment yet.</Empty>;
  return <AppointmentTable appointments={data.items} withPatient={false} />;
}

function Prescriptions({ patientId }: { patientId: number }) {
  const { data, isPending, error } = usePrescriptions(patientId);
  if (isPending) return <Loading />;
  if (error) return <Failed error={error} />;
  if (!data.items.length) return <Empty>Nothing prescribed.</Empty>;
  return (
    <TableContainer>
      <Table size="small" aria-label="Prescriptions">
        <TableHead>
          <TableRow>
            <TableCell>Medication</TableCell>
            <TableCell>Dosage</TableCell>
            <TableCell>Frequency</TableCell>
            <TableCell>From</TableCell>
            <TableCell>Until</TableCell>
            <TableCell>Status</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {data.items.map((prescription) => (
            <TableRow key={prescription.id}>
              <TableCell>
                <Typography variant="body2" sx={{ fontWeight: 600 }}>
                  {prescription.medication}
                </Typography>
                {prescription.instructions && (
                  <Typography variant="caption" color="text.secondary">
                    {prescription.instructions}
                  </Typography>
                )}
              </TableCell>
              <TableCell>{prescription.dosage}</TableCell>
              <TableCell>{prescription.frequency}</TableCell>
              <TableCell>{formatDate(prescription.start_date)}</TableCell>
              <TableCell>{formatDate(prescription.end_date)}</TableCell>
              <TableCell>
                <StatusChip status={prescription.status} />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </TableContainer>
  );
}

function Documents({ patientId }: { patientId: number }) {
  const { data, isPending, error } = useDocuments(patientId);
  const [failure, setFailure] = useState<string | null>(null);

  async function save(file: PatientDocument) {
    setFailure(null);
    try {
      const url = URL.createObjectURL(await downloadDocument(file.id));
      const link = document.createElement('a');
      link.href = url;
      link.download = file.filename;
      link.click();
      URL.revokeObjectURL(url);
    } catch (reason) {
      setFailure(errorMessage(reason));
    }
  }

  if (isPending) return <Loading />;
  if (error) return <Failed error={error} />;
  if (!data.length) return <Empty>No document on file.</Empty>;
  return (
    <>
      {failure && <Alert severity="error">{failure}</Alert>}
      <List dense aria-label="Documents">
        {data.map((file) => (
          <ListItemButton key={file.id} onClick={() => save(file)} sx={{ borderRadius: 2 }}>
            <ListItemIcon>
              <Icon path={documentIcons[file.kind]} color="primary" />
            </ListItemIcon>
            <ListItemText
              primary={file.filename}
              secondary={`${humanise(file.kind)}, ${formatBytes(file.size)}, ${formatDateTime(file.created_at)}`}
            />
          </ListItemButton>
        ))}
      </List>
    </>
  );
}
