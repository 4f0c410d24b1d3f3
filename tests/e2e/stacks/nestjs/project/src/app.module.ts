import { Module } from '@nestjs/common';
import { BookingsController } from './bookings/bookings.controller';
import { BookingsService } from './bookings/bookings.service';
import { HealthController } from './health.controller';

@Module({
  controllers: [BookingsController, HealthController],
  providers: [BookingsService],
})
export class AppModule {}
