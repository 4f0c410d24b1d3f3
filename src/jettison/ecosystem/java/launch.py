"""What a command of ``java`` runs, by its words.

Source: Oracle, "The java Command", synopsis and standard options.
"""

from __future__ import annotations

from jettison.record import record

__all__ = ["Launch", "read_launch"]

_VALUED = frozenset(
    "-cp -classpath --class-path -p --module-path --upgrade-module-path --add-modules "
    "--add-exports --add-opens --add-reads --limit-modules --patch-module --source".split()
)
_PATHS = ("-cp", "-classpath", "--class-path", "-p", "--module-path")


@record
class Launch:
    """The archive (``-jar``), the entries of class and module path, and agents, as written.

    ``folder`` tells that classes are looked for in the working folder.
    """

    jar: str = ""
    paths: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    folder: bool = False


def read_launch(words: tuple[str, ...]) -> Launch:
    """What the words after ``java`` say."""
    paths: list[str] = []
    agents: list[str] = []
    at = 0
    archive = False
    while at < len(words):
        word = words[at]
        name, equals, value = word.partition("=")
        options = word.startswith("$") and any(one.endswith(".jar") for one in words[at + 1 :])
        if archive and not word.startswith("-") and not options:
            return Launch(word, (), tuple(agents))  # other options may stand between
        if word == "-jar":
            archive = True
        elif name in _VALUED:
            if not equals:
                at += 1
                value = words[at] if at < len(words) else ""
            if name in _PATHS:
                paths += [part for part in value.split(":") if part]
        elif word.startswith("-javaagent:"):
            agents.append(word.partition(":")[2].partition("=")[0])
        elif word in ("-m", "--module") or not (word.startswith(("-", "$", "@")) or not word):
            break
        at += 1
    return Launch("", tuple(paths), tuple(agents), not paths and at < len(words))
