const express = require("express");

const recipes = [
  { id: 1, name: "Pancakes", minutes: 20 },
  { id: 2, name: "Goulash", minutes: 150 },
];

const app = express();

app.get("/health", (_request, response) => response.json({ status: "ok" }));
app.get("/recipes", (_request, response) => response.json(recipes));
app.get("/recipes/:id", (request, response) => {
  const recipe = recipes.find((one) => one.id === Number(request.params.id));
  if (recipe) response.json(recipe);
  else response.status(404).json({ error: "no such recipe" });
});

app.listen(4000, () => console.log("api on 4000"));
