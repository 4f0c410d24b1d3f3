import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import {
  createAppointment,
  getPatient,
  listAppointments,
  listDoctors,
  listDocuments,
  listPatients,
  listPrescriptions,
  updateAppointment,
} from './client';
import type { AppointmentQuery, PatientQuery } from './client';
import type { AppointmentStatus } from './types';

export function usePatients(query: PatientQuery) {
  return useQuery({
    queryKey: ['patients', query],
    queryFn: () => listPatients(query),
    placeholderData: keepPreviousData,
  });
}

export function usePatient(id: number) {
  return useQuery({ queryKey: ['patient', id], queryFn: () => getPatient(id) });
}

export function useAppointments(query: AppointmentQuery) {
  return useQuery({
    queryKey: ['appointments', query],
    queryFn: () => listAppointments(query),
    placeholderData: keepPreviousData,
  });
}

export function usePrescriptions(patientId: number) {
  return useQuery({
    queryKey: ['prescriptions', patientId],
    queryFn: () => listPrescriptions(patientId),
  });
}

export function useDocuments(patientId: number) {
  return useQuery({ queryKey: ['documents', patientId], queryFn: () => listDocuments(patientId) });
}

export function useDoctors() {
  return useQuery({ queryKey: ['doctors'], queryFn: listDoctors, staleTime: 300_000 });
}

export function useCreateAppointment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: createAppointment,
    onSuccess: () => client.invalidateQueries({ queryKey: ['appointments'] }),
  });
}

export function useSetAppointmentStatus() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, status }: { id: number; status: AppointmentStatus }) =>
      updateAppointment(id, { status }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['appointments'] }),
  });
}
