"""What ``dotnet run`` sets by ``Properties/launchSettings.json``.

Source: Microsoft Learn, "ASP.NET Core: development and launchSettings.json"; "dotnet run".
"""

from __future__ import annotations

import json
import re

from jettison.patterns import regex

__all__ = ["launch_variables"]

_COMMENT = regex(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_COMMA = regex(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')
_PLAIN = regex(r"[\w.:/;,+*@ -]*")


def launch_variables(text: str, name: str) -> dict[str, str] | str:
    """The variables of a profile (``""`` for the first that runs a project); or why not.

    Empty where there is no such profile.
    """
    plain = _COMMENT.sub(lambda found: found[1] or "", text.removeprefix("\ufeff"))
    plain = _COMMA.sub(lambda found: found[1] or "", plain)
    try:
        data = json.loads(plain)
    except ValueError:
        return "launchSettings.json cannot be read"
    profiles = data.get("profiles") if isinstance(data, dict) else None
    rows = profiles if isinstance(profiles, dict) else {}
    for title, row in rows.items():
        if not isinstance(row, dict) or row.get("commandName") != "Project":
            continue
        if name and title != name:
            continue
        return _variables(row)
    return "launchSettings.json has no profile of that name" if name else {}


def _variables(row: dict[str, object]) -> dict[str, str] | str:
    address = str(row.get("applicationUrl") or "")
    if "https:" in address:
        return "launchSettings.json has an address with https, for a certificate of development"
    if row.get("commandLineArgs") or row.get("executablePath"):
        return "launchSettings.json has arguments for the program"
    own = row.get("environmentVariables")
    found = {str(key): str(value) for key, value in own.items()} if isinstance(own, dict) else {}
    if address:
        found.setdefault("ASPNETCORE_URLS", address)
    if not all(_PLAIN.fullmatch(value) for value in found.values()):
        return "launchSettings.json has a variable that is not plain"
    return found
