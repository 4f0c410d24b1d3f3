"""Pages that need JavaScript, looked at in a headless Chromium where there is one."""

from jettison.trial.asking.pages.chromium import NAMES, find_chromium
from jettison.trial.asking.pages.looking import Looked, look

__all__ = ["NAMES", "Looked", "find_chromium", "look"]
