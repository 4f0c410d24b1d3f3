import { Injectable, NotFoundException } from '@nestjs/common';

export interface Booking {
  id: number;
  room: string;
  nights: number;
}

@Injectable()
export class BookingsService {
  private readonly bookings: Booking[] = [
    { id: 1, room: 'garden', nights: 2 },
    { id: 2, room: 'attic', nights: 5 },
  ];

  all(): Booking[] {
    return this.bookings;
  }

  one(id: number): Booking {
    const found = this.bookings.find((booking) => booking.id === id);
    if (!found) {
      throw new NotFoundException();
    }
    return found;
  }
}
