import { Test } from '@nestjs/testing';
import * as request from 'supertest';
import { AppModule } from '../src/app.module';

it('lists bookings', async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = await module.createNestApplication().init();
  await request(app.getHttpServer()).get('/bookings').expect(200);
  await app.close();
});
