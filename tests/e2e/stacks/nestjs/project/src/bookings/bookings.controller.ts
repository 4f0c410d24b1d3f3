import { Controller, Get, Param, ParseIntPipe } from '@nestjs/common';
import { BookingsService } from './bookings.service';

@Controller('bookings')
export class BookingsController {
  constructor(private readonly bookings: BookingsService) {}

  @Get()
  all() {
    return this.bookings.all();
  }

  @Get(':id')
  one(@Param('id', ParseIntPipe) id: number) {
    return this.bookings.one(id);
  }
}
