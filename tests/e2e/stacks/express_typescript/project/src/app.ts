import cors from "cors";
import express, { type Express } from "express";
import helmet from "helmet";
import pinoHttp from "pino-http";
import { logger } from "./logger";
import { orders } from "./routes/orders";

export function createApp(): Express {
  const app = express();
  app.use(helmet());
  app.use(cors());
  app.use(express.json());
  app.use(pinoHttp({ logger }));

  app.get("/", (_req, res) => {
    res.json({ name: "orders-api", links: ["/health", "/orders"] });
  });
  app.get("/health", (_req, res) => {
    res.json({ status: "ok" });
  });
  app.use("/orders", orders);
  app.use((_req, res) => {
    res.status(404).json({ error: "not found" });
  });
  return app;
}
