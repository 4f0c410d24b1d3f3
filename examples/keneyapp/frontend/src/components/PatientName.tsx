import { usePatient } from '../api/hooks';

/** The name of a patient that is known by its id only. */
export function PatientName({ id }: { id: number }) {
  const { data } = usePatient(id);
  return <>{data ? `${data.first_name} ${data.last_name}` : `Patient ${id}`}</>;
}
