"""What .NET's compiler has left in a context: ``bin`` and ``obj`` of each project."""

from __future__ import annotations

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.rules.catalog.unneeded_files_in_context import RULE

BUILD = (
    "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nWORKDIR /src\nCOPY . .\n"
    "RUN dotnet publish Web -c Release -o /out\n"
    "FROM mcr.microsoft.com/dotnet/aspnet:8.0\nCOPY --from=build /out /app\n"
    'CMD ["dotnet", "/app/Web.dll"]\n'
)
PROJECT = '<Project Sdk="Microsoft.NET.Sdk.Web"></Project>\n'
ONE = {
    "Web/Web.csproj": PROJECT,
    "Web/bin/Debug/net8.0/Web.dll": "x" * 200_000,
    "Web/obj/project.assets.json": "{}",
}
TWO = {
    **ONE,
    "Lib/Lib.csproj": PROJECT,
    "Lib/bin/Release/net8.0/Lib.dll": "x" * 200_000,
    "Lib/obj/Lib.csproj.nuget.g.props": "x",
}


def test_each_folder_gets_a_line_of_its_own_or_all_one() -> None:
    after = changed(planned(RULE, {"Dockerfile": BUILD, **ONE}))
    assert after == {".dockerignore": "Web/bin\nWeb/obj\n"}
    after = changed(planned(RULE, {"Dockerfile": BUILD, **TWO}))
    assert after == {".dockerignore": "**/bin\n**/obj\n"}


def test_scripts_in_a_folder_of_that_name_stay() -> None:
    files = {"Dockerfile": BUILD, **TWO, "bin/start": "#!/bin/sh\n"}
    after = changed(planned(RULE, files))
    assert after == {".dockerignore": "Lib/bin\nWeb/bin\n**/obj\n"}


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": BUILD.replace("dotnet publish", "echo"), **ONE},
        {
            "Dockerfile": "FROM mcr.microsoft.com/dotnet/aspnet:8.0\n"
            "COPY Web/bin/Debug/net8.0 /app\n",
            **ONE,
        },
        {"Dockerfile": BUILD, "Web/Web.csproj": PROJECT, "Web/bin/tool": "x" * 200_000},
        {"Dockerfile": BUILD, "bin/Release/a": "x" * 200_000},
    ],
)
def test_what_may_be_used_stays(files: dict[str, str]) -> None:
    assert changed(planned(RULE, files)) == {}
