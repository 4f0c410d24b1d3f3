import { formatDuration } from "date-fns";
import { Clock } from "lucide-react";
import { useEffect, useState } from "react";
import { Link, useParams } from "react-router-dom";

type Recipe = { id: number; name: string; minutes: number };

function useFetched<T>(path: string): T | undefined {
  const [value, setValue] = useState<T>();
  useEffect(() => {
    fetch(`/api${path}`)
      .then((response) => response.json())
      .then(setValue);
  }, [path]);
  return value;
}

export function Recipes() {
  const recipes = useFetched<Recipe[]>("/recipes");
  return (
    <main>
      <h1>Recipes</h1>
      <ul>
        {recipes?.map((recipe) => (
          <li key={recipe.id}>
            <Link to={`/recipes/${recipe.id}`}>{recipe.name}</Link>
          </li>
        ))}
      </ul>
    </main>
  );
}

export function Recipe() {
  const { id } = useParams();
  const recipe = useFetched<Recipe>(`/recipes/${id}`);
  if (!recipe) return <p>…</p>;
  return (
    <main>
      <h1>{recipe.name}</h1>
      <Clock size={16} /> {formatDuration({ minutes: recipe.minutes })}
    </main>
  );
}
