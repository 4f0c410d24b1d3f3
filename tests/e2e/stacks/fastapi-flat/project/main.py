from fastapi import Depends, FastAPI, Form, HTTPException, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy import select
from sqlalchemy.orm import Session

from database import Base, Note, engine, session

Base.metadata.create_all(engine)

app = FastAPI(title="Notes")
templates = Jinja2Templates(directory="templates")


@app.get("/health")
def health():
    return {"status": "ok"}


@app.get("/notes")
def notes(db: Session = Depends(session)):
    return [{"id": n.id, "text": n.text} for n in db.scalars(select(Note).order_by(Note.id))]


@app.post("/notes", status_code=201)
def add(text: str = Form(), db: Session = Depends(session)):
    note = Note(text=text)
    db.add(note)
    db.commit()
    return {"id": note.id}


@app.get("/notes/{note_id}")
def note(note_id: int, db: Session = Depends(session)):
    found = db.get(Note, note_id)
    if found is None:
        raise HTTPException(404)
    return {"id": found.id, "text": found.text}


@app.get("/", response_class=HTMLResponse)
def page(request: Request, db: Session = Depends(session)):
    found = db.scalars(select(Note).order_by(Note.id)).all()
    return templates.TemplateResponse(request, "notes.html", {"notes": found})
