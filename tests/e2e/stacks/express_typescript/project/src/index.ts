import "dotenv/config";
import { createApp } from "./app";
import { logger } from "./logger";

const port = Number(process.env.PORT ?? 3000);

const server = createApp().listen(port, () => {
  logger.info({ port }, "orders-api is listening");
});

process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
});
