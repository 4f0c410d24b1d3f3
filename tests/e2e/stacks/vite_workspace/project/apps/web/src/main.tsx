import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Route, Routes } from "react-router-dom";
import { Recipe, Recipes } from "./recipes";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <BrowserRouter>
      <Routes>
        <Route path="/" element={<Recipes />} />
        <Route path="/recipes/:id" element={<Recipe />} />
        <Route path="*" element={<h1>No such page</h1>} />
      </Routes>
    </BrowserRouter>
  </StrictMode>,
);
