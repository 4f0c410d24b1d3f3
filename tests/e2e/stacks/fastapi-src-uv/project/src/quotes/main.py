from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from quotes.store import quotes

app = FastAPI(title="Quotes")


class Quote(BaseModel):
    text: str
    by: str


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/quotes")
def every() -> list[Quote]:
    return [Quote(**one) for one in quotes()]


@app.get("/quotes/{number}")
def one(number: int) -> Quote:
    known = quotes()
    if not 0 < number <= len(known):
        raise HTTPException(404)
    return Quote(**known[number - 1])
