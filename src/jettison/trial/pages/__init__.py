"""Pages that need JavaScript, looked at in a headless Chromium where there is one."""

from jettison.trial.pages.chromium import NAMES, find_chromium
from jettison.trial.pages.looking import Looked, look

__all__ = ["NAMES", "Looked", "find_chromium", "look"]
