import request from "supertest";
import { createApp } from "../src/app";

describe("orders", () => {
  it("lists what is open", async () => {
    const answer = await request(createApp()).get("/orders?state=open");
    expect(answer.status).toBe(200);
    expect(answer.body).toHaveLength(1);
  });

  it("refuses an order without items", async () => {
    const answer = await request(createApp()).post("/orders").send({ customer: "Ada", items: [] });
    expect(answer.status).toBe(422);
  });
});
