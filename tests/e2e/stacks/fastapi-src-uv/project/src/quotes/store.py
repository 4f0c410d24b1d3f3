from importlib.resources import files

import yaml


def quotes() -> list[dict[str, str]]:
    return yaml.safe_load(files("quotes").joinpath("quotes.yaml").read_text("utf-8"))
