import { Router } from "express";
import { z } from "zod";

const Order = z.object({
  customer: z.string().min(1),
  items: z.array(z.object({ sku: z.string(), quantity: z.number().int().positive() })).min(1),
});

type StoredOrder = z.infer<typeof Order> & { id: number; state: "open" | "shipped" };

const stored: StoredOrder[] = [
  { id: 1, customer: "Ada", items: [{ sku: "tea-250", quantity: 2 }], state: "shipped" },
  { id: 2, customer: "Grace", items: [{ sku: "mug-01", quantity: 1 }], state: "open" },
];

export const orders = Router();

orders.get("/", (req, res) => {
  const { state } = req.query;
  res.json(state ? stored.filter((order) => order.state === state) : stored);
});

orders.get("/:id", (req, res) => {
  const order = stored.find((one) => one.id === Number(req.params.id));
  if (!order) {
    res.status(404).json({ error: "no such order" });
    return;
  }
  res.json(order);
});

orders.post("/", (req, res) => {
  const parsed = Order.safeParse(req.body);
  if (!parsed.success) {
    res.status(422).json({ errors: parsed.error.issues });
    return;
  }
  const order: StoredOrder = { id: stored.length + 1, state: "open", ...parsed.data };
  stored.push(order);
  res.status(201).json(order);
});
