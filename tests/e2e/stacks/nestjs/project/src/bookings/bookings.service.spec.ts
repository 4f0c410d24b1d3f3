import { BookingsService } from './bookings.service';

describe('BookingsService', () => {
  it('knows the garden room', () => {
    expect(new BookingsService().one(1).room).toBe('garden');
  });
});
