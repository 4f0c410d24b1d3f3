import { mdiMagnify } from '@mdi/js';
import Avatar from '@mui/material/Avatar';
import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import InputAdornment from '@mui/material/InputAdornment';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableContainer from '@mui/material/TableContainer';
import TableHead from '@mui/material/TableHead';
import TablePagination from '@mui/material/TablePagination';
import TableRow from '@mui/material/TableRow';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import debounce from 'lodash/debounce';
import { useEffect, useMemo, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';

import { usePatients } from '../api/hooks';
import { Empty, Failed, Loading } from '../components/Feedback';
import { Icon } from '../components/Icon';
import { PageHeader } from '../components/PageHeader';
import { ageOn, formatDate, humanise, initials } from '../format';

const SIZES = [10, 20, 50];

/** Search and page live in the address, so that a list can be shared and reloaded. */
export function PatientsPage() {
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const search = params.get('search') ?? '';
  const page = Math.max(1, Number(params.get('page')) || 1);
  const wanted = Number(params.get('size'));
  const size = SIZES.includes(wanted) ? wanted : 10;
  const [text, setText] = useState(search);

  const patients = usePatients({ search, limit: size, offset: (page - 1) * size });

  const applySearch = useMemo(
    () =>
      debounce((value: string) => {
        setParams((old) => {
          const next = new URLSearchParams(old);
          if (value) next.set('search', value);
          else next.delete('search');
          next.delete('page');
          return next;
        });
      }, 250),
    [setParams],
  );
  useEffect(() => () => applySearch.cancel(), [applySearch]);

  function setParam(name: string, value: number) {
    setParams((old) => {
      const next = new URLSearchParams(old);
      next.set(name, String(value));
      if (name === 'size') next.delete('page');
      return next;
    });
  }

  return (
    <>
      <PageHeader
        title="Patients"
        subtitle={patients.data ? `${patients.data.total} on record` : undefined}
        action={
          <TextField
            size="small"
            placeholder="Name or record number"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              applySearch(event.target.value.trim());
            }}
            sx={{ minWidth: 280, bgcolor: 'background.paper' }}
            slotProps={{
              htmlInput: { 'aria-label': 'Search patients' },
              input: {
                startAdornment: (
                  <InputAdornment position="start">
                    <Icon path={mdiMagnify} fontSize="small" />
                  </InputAdornment>
                ),
              },
            }}
          />
        }
      />
      <Card>
        {patients.isPending && <Loading />}
        {patients.isError && <Failed error={patients.error} />}
        {patients.data && (
          <>
            <TableContainer>
              <Table aria-label="Patients">
                <TableHead>
                  <TableRow>
                    <TableCell>Name</TableCell>
                    <TableCell>Record</TableCell>
                    <TableCell>Born</TableCell>
                    <TableCell>Gender</TableCell>
                    <TableCell>Phone</TableCell>
                    <TableCell>Blood</TableCell>
                  </TableRow>
                </TableHead>
                <TableBody>
                  {patients.data.items.map((patient) => {
                    const name = `${patient.first_name} ${patient.last_name}`;
                    return (
                      <TableRow
                        key={patient.id}
                        hover
                        onClick={() => navigate(`/patients/${patient.id}`)}
                        sx={{ cursor: 'pointer' }}
                      >
                        <TableCell>
                          <Box sx={{ display: 'flex', alignItems: 'center', gap: 1.5 }}>
                            <Avatar
                              sx={{
                                width: 34,
                                height: 34,
                                fontSize: 14,
                                bgcolor: '#d5ecea',
                                color: 'primary.dark',
                              }}
                            >
                              {initials(name)}
                            </Avatar>
                            <Box>
                              <Typography variant="body2" sx={{ fontWeight: 600 }}>
                                {name}
                              </Typography>
                              <Typography variant="caption" color="text.secondary">
                                {patient.email ?? 'no e-mail'}
                              </Typography>
                            </Box>
                          </Box>
                        </TableCell>
                        <TableCell sx={{ fontFamily: 'monospace' }}>{patient.mrn}</TableCell>
                        <TableCell>
                          {formatDate(patient.birth_date)} ({ageOn(patient.birth_date)})
                        </TableCell>
                        <TableCell>{humanise(patient.gender)}</TableCell>
                        <TableCell>{patient.phone ?? '–'}</TableCell>
                        <TableCell>{patient.blood_type ?? '–'}</TableCell>
                      </TableRow>
                    );
                  })}
                </TableBody>
              </Table>
            </TableContainer>
            {patients.data.items.length === 0 && <Empty>No patient matches.</Empty>}
            <TablePagination
              component="div"
              count={patients.data.total}
              page={Math.min(page - 1, Math.max(0, Math.ceil(patients.data.total / size) - 1))}
              rowsPerPage={size}
              rowsPerPageOptions={SIZES}
              onPageChange={(_, next) => setParam('page', next + 1)}
              onRowsPerPageChange={(event) => setParam('size', Number(event.target.value))}
            />
          </>
        )}
      </Card>
    </>
  );
}
