"""Records BuildKit's answers in the files named; see README.md."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def record(path: Path) -> None:
    """Ask every question of the file again and write the answers into it."""
    questions = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for question in questions:
        question.pop("answer", None)
    asked = "".join(json.dumps(question) + "\n" for question in questions)
    recorder = Path(__file__).with_name("recorder")
    run = subprocess.run([str(recorder)], input=asked, capture_output=True, text=True, check=True)
    # JSON allows other line separators within strings than the newline that ends an answer
    answers = [json.loads(line) for line in run.stdout.split("\n") if line]
    lines = [
        json.dumps({**question, "answer": answer}, ensure_ascii=True)
        for question, answer in zip(questions, answers, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        record(Path(name))
