import { mdiCheck, mdiClose } from '@mdi/js';
import IconButton from '@mui/material/IconButton';
import MuiLink from '@mui/material/Link';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableContainer from '@mui/material/TableContainer';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Tooltip from '@mui/material/Tooltip';
import { Link } from 'react-router-dom';

import { useSetAppointmentStatus } from '../api/hooks';
import type { Appointment } from '../api/types';
import { formatDate, formatSlot } from '../format';
import { Icon } from './Icon';
import { PatientName } from './PatientName';
import { StatusChip } from './StatusChip';

interface Props {
  appointments: Appointment[];
  withPatient?: boolean;
}

export function AppointmentTable({ appointments, withPatient = true }: Props) {
  const setStatus = useSetAppointmentStatus();

  return (
    <TableContainer>
      <Table size="small" aria-label="Appointments">
        <TableHead>
          <TableRow>
            <TableCell>Date</TableCell>
            <TableCell>Time</TableCell>
            {withPatient && <TableCell>Patient</TableCell>}
            <TableCell>Reason</TableCell>
            <TableCell>Status</TableCell>
            <TableCell align="right">Actions</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {appointments.map((appointment) => {
            const { id, status } = appointment;
            const open = status === 'scheduled' || status === 'confirmed';
            return (
              <TableRow key={id} hover>
                <TableCell sx={{ whiteSpace: 'nowrap' }}>
                  {formatDate(appointment.starts_at)}
                </TableCell>
                <TableCell sx={{ whiteSpace: 'nowrap' }}>
                  {formatSlot(appointment.starts_at, appointment.ends_at)}
                </TableCell>
                {withPatient && (
                  <TableCell>
                    <MuiLink component={Link} to={`/patients/${appointment.patient_id}`}>
                      <PatientName id={appointment.patient_id} />
                    </MuiLink>
                  </TableCell>
                )}
                <TableCell>{appointment.reason}</TableCell>
                <TableCell>
                  <StatusChip status={status} />
                </TableCell>
                <TableCell align="right" sx={{ whiteSpace: 'nowrap', height: 46 }}>
                  {status === 'scheduled' && (
                    <Tooltip title="Confirm">
                      <IconButton
                        size="small"
                        color="primary"
                        aria-label={`Confirm appointment ${id}`}
                        disabled={setStatus.isPending}
                        onClick={() => setStatus.mutate({ id, status: 'confirmed' })}
                      >
                        <Icon path={mdiCheck} fontSize="small" />
                      </IconButton>
                    </Tooltip>
                  )}
                  {open && (
                    <Tooltip title="Cancel">
                      <IconButton
                        size="small"
                        aria-label={`Cancel appointment ${id}`}
                        disabled={setStatus.isPending}
                        onClick={() => setStatus.mutate({ id, status: 'cancelled' })}
                      >
                        <Icon path={mdiClose} fontSize="small" />
                      </IconButton>
                    </Tooltip>
                  )}
                </TableCell>
              </TableRow>
            );
          })}
        </TableBody>
      </Table>
    </TableContainer>
  );
}
