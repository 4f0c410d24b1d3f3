"""Services in .NET: planned on files only, as its images cannot be had for a trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import planned

from jettison.rules import Refused
from jettison.rules.catalog.compiler_in_image import RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

_SDK = "mcr.microsoft.com/dotnet/sdk"


def _project(sdk: str = "Microsoft.NET.Sdk.Web", version: str = "8.0", items: str = "") -> str:
    return (
        f'<Project Sdk="{sdk}"><PropertyGroup><TargetFramework>net{version}</TargetFramework>'
        f"</PropertyGroup><ItemGroup>{items}</ItemGroup></Project>\n"
    )


_FILES = {
    "Shop.csproj": _project(),
    "Program.cs": 'var app = WebApplication.Create(args); File.ReadAllText("Data/seed.csv");\n',
    "appsettings.json": "{}\n",
    "Data/seed.csv": "",
    "wwwroot/site.css": "",
    "notes.txt": "",
}
_HEAD = f"FROM {_SDK}:8.0\nWORKDIR /src\nCOPY . .\n"
_PUBLISH = f"{_HEAD}RUN dotnet publish -c Release -o /app\n"
_LAUNCH = (
    '{"profiles": {"http": {"commandName": "Project", "applicationUrl": "http://+:5000",'
    ' "environmentVariables": {"ASPNETCORE_ENVIRONMENT": "Development"}}}}\n'
)


def _after(text: str, files: Mapping[str, str] | None = None) -> list[str]:
    made = planned(RULE, {**_FILES, **(files or {}), "Dockerfile": text})
    assert not made.dropped
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert now.text != text, made.left
    return now.text.rpartition("\nFROM ")[2].splitlines()


def _why(text: str, files: Mapping[str, str] | None = None) -> str:
    (finding,) = planned(RULE, {**_FILES, **(files or {}), "Dockerfile": text}).left
    assert isinstance(finding.remedy, Refused)
    return finding.remedy.reason


def test_where_it_runs_in_the_sources_what_it_reads_there_comes_along() -> None:
    assert _after(f'{_PUBLISH}CMD ["dotnet", "/app/Shop.dll"]\n') == [
        "mcr.microsoft.com/dotnet/aspnet:8.0",
        "WORKDIR /src",
        "COPY --from=build /app /app",
        "COPY --from=build /src/Data/seed.csv /src/Data/seed.csv",
        "COPY --from=build /src/appsettings.json /src/appsettings.json",
        "COPY --from=build /src/wwwroot /src/wwwroot",
        'CMD ["dotnet", "/app/Shop.dll"]',
    ]


def test_where_it_runs_in_what_was_published_that_is_all() -> None:
    assert _after(f'{_PUBLISH}WORKDIR /app\nENTRYPOINT ["dotnet", "Shop.dll"]\n') == [
        "mcr.microsoft.com/dotnet/aspnet:8.0",
        "COPY --from=build /app /app",
        "WORKDIR /app",
        'ENTRYPOINT ["dotnet", "Shop.dll"]',
    ]


def test_a_folder_that_is_not_named_is_that_of_the_project() -> None:
    text = f"{_HEAD}RUN dotnet publish\nWORKDIR /src/bin/Release/net8.0/publish\n"
    made = _after(f'{text}CMD ["dotnet", "Shop.dll"]\n')
    assert made[1] == (
        "COPY --from=build /src/bin/Release/net8.0/publish /src/bin/Release/net8.0/publish"
    )


def test_what_runs_by_itself_is_published_once() -> None:
    command = 'CMD ["dotnet", "run", "--", "-v"]\n'
    assert _after(f"{_HEAD}{command}", {"Properties/launchSettings.json": _LAUNCH}) == [
        "mcr.microsoft.com/dotnet/aspnet:8.0",
        "WORKDIR /src",
        "COPY --from=build /out /src",
        "COPY --from=build /src/Data/seed.csv /src/Data/seed.csv",
        "ENV ASPNETCORE_ENVIRONMENT=Development ASPNETCORE_URLS=http://+:5000",
        'CMD ["dotnet", "Shop.dll", "-v"]',
    ]
    shell = _after(f"{_HEAD}CMD dotnet run --urls http://+:80\n")
    assert shell[-1] == "CMD dotnet Shop.dll --urls http://+:80"


def test_what_a_run_has_published_is_not_published_again() -> None:
    text = f'{_HEAD}RUN dotnet publish -o out\nCMD ["dotnet", "run"]\n'
    assert _after(text)[1:] == [
        "WORKDIR /src",
        "COPY --from=build /src/out /src",
        "COPY --from=build /src/Data/seed.csv /src/Data/seed.csv",
        'CMD ["dotnet", "Shop.dll"]',
    ]
    both = {"Other/Other.csproj": _project()}
    assert _why(text, both) == "a RUN publishes, and the command builds anew"


def test_a_worker_needs_no_web_server() -> None:
    extensions = '<PackageReference Include="Microsoft.Extensions.Hosting" />'
    command = f'{_PUBLISH}WORKDIR /app\nCMD ["dotnet", "Shop.dll"]\n'
    for items, image in (
        (extensions, "runtime"),
        ('<PackageReference Include="Yarp.ReverseProxy" />', "aspnet"),
        ('<FrameworkReference Include="Microsoft.AspNetCore.App" />', "aspnet"),
        ('<ProjectReference Include="..\\Web\\Web.csproj" />', "aspnet"),
    ):
        files = {"Shop.csproj": _project("Microsoft.NET.Sdk.Worker", items=items)}
        assert _after(command, files)[0] == f"mcr.microsoft.com/dotnet/{image}:8.0"


def test_alpine_keeps_its_languages() -> None:
    text = f'{_PUBLISH}WORKDIR /app\nCMD ["dotnet", "Shop.dll"]\n'.replace("8.0", "8.0-alpine", 1)
    assert _after(text)[:3] == [
        "mcr.microsoft.com/dotnet/aspnet:8.0-alpine",
        "RUN apk add --no-cache icu-data-full icu-libs tzdata",
        "ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=false",
    ]
    assert "RUN apk add --no-cache icu-data-full icu-libs tzdata curl" in _after(
        text.replace("CMD", "HEALTHCHECK CMD curl -f http://localhost:8080 || exit 1\nCMD")
    )


def test_a_stage_that_only_runs_gets_another_base() -> None:
    text = (
        f"FROM {_SDK}:8.0 AS build\nWORKDIR /src\nCOPY . .\nRUN dotnet publish -o /app\n\n"
        f"FROM {_SDK}:8.0\nWORKDIR /app\nCOPY --from=build /app .\n"
        'HEALTHCHECK CMD curl -f http://localhost:8080\nENTRYPOINT ["dotnet", "Shop.dll"]\n'
    )
    assert _after(text)[:2] == [
        "mcr.microsoft.com/dotnet/aspnet:8.0",
        "RUN apt-get update && apt-get install -y --no-install-recommends curl "
        "&& rm -rf /var/lib/apt/lists/*",
    ]


@pytest.mark.parametrize(
    ("text", "files", "why"),
    [
        (f"{_HEAD}CMD dotnet watch run\n", {}, "the image's command calls `dotnet`"),
        (f"{_HEAD}RUN dotnet build -o /app\nCMD dotnet /app/Shop.dll\n", {},
         "no RUN builds a program with .NET"),
        (f"{_PUBLISH}CMD dotnet ef database update && dotnet /app/Shop.dll\n", {},
         "the image's command calls `dotnet`"),
        (f"{_PUBLISH}RUN dotnet dev-certs https -ep /c.pfx\nCMD dotnet /app/Shop.dll\n", {},
         "it is not known what `dotnet dev-certs` leaves for the program"),
        (f"{_HEAD}RUN dotnet publish -o .\nCMD dotnet Shop.dll\n", {},
         "it publishes into the folder of its sources"),
        (f"{_PUBLISH}CMD dotnet /app/Shop.dll\n", {"Shop.csproj": _project(version="6.0")},
         "Shop.csproj targets net6.0"),
        (f"{_PUBLISH}CMD dotnet /app/Shop.dll\n",
         {"Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>'},
         "which version of .NET Shop.csproj targets is not known"),
        (f"{_PUBLISH}CMD dotnet /app/Shop.dll\n",
         {"Program.cs": 'Process.Start("dotnet", "ef");'}, "Program.cs may start `dotnet`"),
        (f"{_HEAD}CMD dotnet run\n", {"Program.cs": "#if DEBUG\n#endif\n"},
         "`dotnet run` makes no release, and the code does other things in one"),
        (f"{_HEAD}CMD dotnet run\n",
         {"Properties/launchSettings.json": _LAUNCH.replace("http://", "https://")},
         "launchSettings.json has an address with https, for a certificate of development"),
        (f"{_HEAD}CMD dotnet run --project Shop\n", {"Shop/Shop.csproj": _project()},
         "`dotnet run` runs in the project's folder, not in that of the image"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused(text: str, files: dict[str, str], why: str) -> None:
    assert _why(text, files) == why


def test_the_directory_above_may_say_the_version() -> None:
    props = {
        "Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>',
        "Directory.Build.props": "<TargetFramework>net8.0</TargetFramework>",
    }
    assert _after(f"{_PUBLISH}WORKDIR /app\nCMD dotnet Shop.dll\n", props)[0].endswith("aspnet:8.0")


def test_a_check_on_the_sdks_port_keeps_it() -> None:
    text = _PUBLISH.replace("8.0", "6.0") + "CMD dotnet /app/Shop.dll\n"
    files = {"Shop.csproj": _project(version="6.0"), "Program.cs": ""}
    check = "HEALTHCHECK CMD curl http://localhost:5000\n"
    assert _why(f"{text}{check}", files).startswith("nothing says where it listens")
    assert _after(f"{text}ENV ASPNETCORE_URLS=http://+:5000\n{check}", files)


def test_headers_whose_names_a_program_may_load_come_along() -> None:
    text = f"{_HEAD}RUN apt-get update && apt-get install -y libgdiplus libc6-dev libx11-dev gcc\n"
    lines = _after(
        f'{text}RUN dotnet publish -c Release -o /app\nCMD ["dotnet", "/app/Shop.dll"]\n'
    )
    assert (
        "RUN apt-get update && apt-get install -y --no-install-recommends libgdiplus libc6-dev"
        " libx11-dev && rm -rf /var/lib/apt/lists/*" in lines
    )
