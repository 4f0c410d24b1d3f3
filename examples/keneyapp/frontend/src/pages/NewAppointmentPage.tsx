import Alert from '@mui/material/Alert';
import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import CardContent from '@mui/material/CardContent';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import dayjs from 'dayjs';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';

import { errorMessage } from '../api/client';
import { useCreateAppointment, useDoctors, usePatient, usePatients } from '../api/hooks';
import type { Patient } from '../api/types';
import { Loading } from '../components/Feedback';
import { PageHeader } from '../components/PageHeader';

const LENGTHS = [15, 30, 45, 60];

function patientLabel(patient: Patient): string {
  return `${patient.first_name} ${patient.last_name} (${patient.mrn})`;
}

export function NewAppointmentPage() {
  const [params] = useSearchParams();
  const given = Number(params.get('patient'));
  if (given > 0) return <WithPatient id={given} />;
  return <Form patient={null} />;
}

function WithPatient({ id }: { id: number }) {
  const { data, isPending } = usePatient(id);
  if (isPending) return <Loading />;
  return <Form patient={data ?? null} />;
}

function Form({ patient: given }: { patient: Patient | null }) {
  const navigate = useNavigate();
  const create = useCreateAppointment();
  const doctors = useDoctors();
  const [patient, setPatient] = useState<Patient | null>(given);
  const [search, setSearch] = useState('');
  const [doctorId, setDoctorId] = useState('');
  const [start, setStart] = useState(
    dayjs().add(1, 'day').hour(9).minute(0).format('YYYY-MM-DDTHH:mm'),
  );
  const [minutes, setMinutes] = useState(30);
  const [reason, setReason] = useState('');
  const [notes, setNotes] = useState('');
  const found = usePatients({ search: search.trim(), limit: 10, offset: 0 });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!patient || !doctorId) return;
    const starts = dayjs(start);
    create.mutate(
      {
        patient_id: patient.id,
        doctor_id: Number(doctorId),
        starts_at: starts.toISOString(),
        ends_at: starts.add(minutes, 'minute').toISOString(),
        reason: reason.trim(),
        notes: notes.trim() || null,
      },
      { onSuccess: () => navigate('/appointments') },
    );
  }

  return (
    <>
      <PageHeader title="New appointment" subtitle="The patient gets a reminder the day before." />
      <Card sx={{ maxWidth: 720 }}>
        <CardContent component="form" onSubmit={submit} sx={{ display: 'grid', gap: 2.5, p: 3 }}>
          {create.isError && <Alert severity="error">{errorMessage(create.error)}</Alert>}
          {doctors.isError && (
            <Alert severity="warning">
              The list of doctors is not available: {errorMessage(doctors.error)}
            </Alert>
          )}
          <Autocomplete
            options={found.data?.items ?? []}
            getOptionLabel={patientLabel}
            getOptionKey={(option) => option.id}
            isOptionEqualToValue={(option, value) => option.id === value.id}
            filterOptions={(options) => options}
            loading={found.isFetching}
            value={patient}
            onChange={(_, next) => setPatient(next)}
            onInputChange={(_, text, cause) => cause === 'input' && setSearch(text)}
            renderInput={(input) => <TextField {...input} label="Patient" required />}
          />
          <TextField
            select
            label="Doctor"
            required
            value={doctorId}
            onChange={(event) => setDoctorId(event.target.value)}
          >
            {(doctors.data ?? []).map((doctor) => (
              <MenuItem key={doctor.id} value={String(doctor.id)}>
                {doctor.full_name}
              </MenuItem>
            ))}
          </TextField>
          <Box sx={{ display: 'grid', gridTemplateColumns: '2fr 1fr', gap: 2 }}>
            <TextField
              type="datetime-local"
              label="Start"
              required
              value={start}
              onChange={(event) => setStart(event.target.value)}
              slotProps={{ inputLabel: { shrink: true } }}
            />
            <TextField
              select
              label="Length"
              value={minutes}
              onChange={(event) => setMinutes(Number(event.target.value))}
            >
              {LENGTHS.map((length) => (
                <MenuItem key={length} value={length}>
                  {length} minutes
                </MenuItem>
              ))}
            </TextField>
          </Box>
          <TextField
            label="Reason"
            required
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 255 } }}
          />
          <TextField
            label="Notes"
            multiline
            minRows={3}
            value={notes}
            onChange={(event) => setNotes(event.target.value)}
          />
          <Box sx={{ display: 'flex', gap: 2, justifyContent: 'flex-end' }}>
            <Button onClick={() => navigate(-1)}>Back</Button>
            <Button
              type="submit"
              variant="contained"
              disabled={create.isPending || !patient || !doctorId}
            >
              Save appointment
            </Button>
          </Box>
        </CardContent>
      </Card>
    </>
  );
}
