"""What a page shows in Chromium once it has loaded, and the errors that its console tells of."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jettison.record import record
from jettison.trial.asking.masking import masked
from jettison.trial.asking.pages.chromium import BrowserGone, Order, TooLate, started
from jettison.trial.model import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from jettison.trial.asking.pages.chromium import Chromium
    from jettison.trial.launching.reach import Addresses
    from jettison.trial.model import Probe

__all__ = ["Looked", "look"]

_LOAD_SECONDS = 20.0
_QUIET_SECONDS = 3.0
_SETTLE_SECONDS = 3.0
_PAUSE_SECONDS = 0.3
_MOST_LOOKS = 4
_DISTURBED = "ERR_NETWORK_CHANGED"
_MOST_LINES = 400
_LONGEST = 160
_MOST_ERRORS = 40
_SNAPSHOT = """
(() => {
  const left = new Set(['script', 'style', 'link', 'meta', 'noscript', 'template', 'iframe']);
  const tools = '#__next-build-watcher, nextjs-portal, astro-dev-toolbar, #nuxt-devtools-container';
  const tags = new Map(), texts = [];
  const walk = root => {
    for (const one of root.querySelectorAll('*')) {
      const tag = one.localName;
      if (left.has(tag) || one.matches(tools)) continue;
      tags.set(tag, (tags.get(tag) || 0) + 1);
      if (one.shadowRoot) {
        walk(one.shadowRoot);
        for (const child of one.shadowRoot.children)
          if (!left.has(child.localName)) texts.push(child.innerText || '');
      }
    }
  };
  if (document.body) { walk(document.body); texts.unshift(document.body.innerText); }
  const links = new Set();
  for (const one of document.links) {
    const there = new URL(one.href, document.baseURI), moves = /^#!?\\//.test(there.hash);
    if (there.origin === location.origin && (moves || there.pathname !== location.pathname))
      links.add(there.pathname + there.search + (moves ? there.hash : ''));
  }
  const page = performance.getEntriesByType('navigation')[0];
  return {
    status: page ? page.responseStatus : 0,
    title: document.title.slice(0, 1000),
    tags: [...tags].slice(0, 200),
    text: texts.join('\\n').slice(0, 200000),
    links: [...links].filter(one => one.length < 200).slice(0, 40),
  };
})()
"""
"""What a page has; ``tools`` are the elements that development servers add for developers."""


@dataclass(slots=True)
class Looked:
    """What Chromium showed of pages; ``failed`` is why it showed none of some, by service.

    ``links`` are the paths of its own site that each page linked to.
    """

    answers: dict[Probe, Answer] = field(default_factory=dict)
    links: dict[Probe, tuple[str, ...]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def look(
    program: str,
    run_id: str,
    places: Addresses,
    probes: Iterable[Probe],
    follow: Callable[[Mapping[Probe, Iterable[str]]], Iterable[Probe]] = lambda _: (),
    *,
    times: int = 1,
) -> tuple[Looked, ...]:
    """The pages of running services, as they are after they have loaded, so many times.

    ``follow`` is given the links of the pages and names more to open.

    Each is opened at ``localhost`` and its published port, as a person would: a script that asks
    another service at *its* published port reaches that of the same stack.
    """
    rounds = tuple(Looked() for _ in range(times))
    names, rules = _names(places)
    wanted = [probe for probe in probes if (probe.service, probe.port) in names]
    if not wanted:
        return rounds
    try:
        with started(program, run_id, rules) as browser:
            _undisturbed(browser, names, [(probe, rounds[0]) for probe in wanted])
            more = list(follow(rounds[0].links))
            seen = [(probe, rounds[0]) for probe in more]
            for found in rounds[1:]:  # both looks at what was followed, one behind the other
                _undisturbed(browser, names, [*seen, *((p, found) for p in (*wanted, *more))])
                seen = []
            _undisturbed(browser, names, seen)
            wanted += more
    except BrowserGone as error:
        for found in rounds:
            for probe in wanted:
                if probe not in found.answers:
                    found.failed.setdefault(probe.service, str(error))
    return rounds


def _names(places: Addresses) -> tuple[dict[tuple[str, int], str], list[str]]:
    """The host and port by which each service's port is opened, and the rules that map them."""
    names: dict[tuple[str, int], str] = {}
    rules: list[str] = []
    for (service, port), (host, number) in places.items():
        known = names.values()
        name = f"{service.replace('_', '-')}.localhost" if f"localhost:{port}" in known else ""
        names[service, port] = f"{name or 'localhost'}:{port}"
        hosts = (name,) if name else ("localhost", "127.0.0.1")
        rules += [f"MAP {one}:{port} {host}:{number}" for one in hosts]
    return names, rules


def _undisturbed(
    browser: Chromium,
    names: Mapping[tuple[str, int], str],
    wanted: Iterable[tuple[Probe, Looked]],
) -> None:
    """Notes what pages show that no change of the machine's network cut off, each where it belongs.

    Chromium ends what it loads when a network comes or goes, as they do where containers start.
    """
    left = list(wanted)
    for _ in range(_MOST_LOOKS):
        if not left:
            return
        urls = [f"http://{names[probe.service, probe.port]}{probe.path}" for probe, _ in left]
        again = []
        for (probe, found), (answer, links) in zip(left, _opened(browser, urls), strict=True):
            if any(_DISTURBED in text for text in (answer.error, *answer.parts)):
                again.append((probe, found))
            else:
                found.answers[probe], found.links[probe] = answer, links
        left = again
    for probe, found in left:
        found.failed[probe.service] = "the machine's network kept changing"


@record
class _Tab:
    """A page that is loading, or why it is not; ``since`` is a time of the monotonic clock."""

    session: str
    context: str
    since: float
    frame: str = ""
    loader: str = ""
    error: str = ""


def _opened(browser: Chromium, urls: Iterable[str]) -> list[tuple[Answer, tuple[str, ...]]]:
    """Pages in profiles of their own with their links; one that is too late has no status."""
    browser.events.clear()
    tabs = _going(browser, list(urls))
    errors = {tab.context: tab.error for tab in tabs}
    for tab in tabs:
        try:
            if not tab.error:
                _loaded(browser, tab)
        except TooLate as error:
            errors[tab.context] = str(error)
    seen = _settled(browser, [tab for tab in tabs if not errors[tab.context]])
    answers = []
    for tab in tabs:
        page, links = seen.get(tab.session), tuple[str, ...]()
        shown = Answer(None, "", "", 0.0, errors[tab.context] or "it shows nothing in time")
        if page is not None:
            shown, links = _shown(browser, tab, page)
        browser.send("Target.disposeBrowserContext", browserContextId=tab.context)
        answers.append((replace(shown, seconds=time.monotonic() - tab.since), links))
    return answers


def _going(browser: Chromium, urls: Sequence[str]) -> list[_Tab]:
    """Tabs on their way to pages, all of them at once: each waits for a process of its own."""
    since = time.monotonic()
    made = browser.calls([Order("Target.createBrowserContext")] * len(urls))
    contexts = [str(one["browserContextId"]) for one in made if one]
    if len(contexts) < len(urls):
        raise TooLate("it makes no profile in time")
    orders = [
        Order("Target.createTarget", {"url": "about:blank", "browserContextId": context})
        for context in contexts
    ]
    targets = [one.get("targetId") if one else None for one in browser.calls(orders)]
    orders = [Order("Target.attachToTarget", {"targetId": t, "flatten": True}) for t in targets]
    sessions = [str(one.get("sessionId")) if one else "" for one in browser.calls(orders)]
    orders = []
    for context, session in zip(contexts, sessions, strict=True):
        denied = {"behavior": "deny", "browserContextId": context}
        orders.append(Order("Browser.setDownloadBehavior", denied))
        orders += [Order(f"{name}.enable", {}, session) for name in ("Page", "Runtime", "Log")]
        orders.append(Order("Page.setLifecycleEventsEnabled", {"enabled": True}, session))
    browser.calls(orders)
    pairs = list(zip(urls, sessions, strict=True))
    went = browser.calls(
        [Order("Page.navigate", {"url": url}, session) for url, session in pairs], _LOAD_SECONDS
    )
    return [
        _tab(session, context, since, one)
        for session, context, one in zip(sessions, contexts, went, strict=True)
    ]


def _tab(session: str, context: str, since: float, went: Mapping[str, Any] | None) -> _Tab:
    if not session or went is None:
        return _Tab("", context, since, error=f"no page within {_LOAD_SECONDS:.0f} s")
    frame, loader = str(went.get("frameId")), str(went.get("loaderId"))
    return _Tab(session, context, since, frame, loader, str(went.get("errorText") or ""))


def _loaded(browser: Chromium, tab: _Tab) -> None:
    """Waits until a page has loaded and asks for nothing more; raises ``TooLate`` if it crashes."""
    _wait_for(browser, tab.session, tab.loader, "load", tab.since + _LOAD_SECONDS)
    until = time.monotonic() + _QUIET_SECONDS
    _wait_for(browser, tab.session, tab.loader, "networkIdle", until)


def _shown(browser: Chromium, tab: _Tab, page: Mapping[str, Any]) -> tuple[Answer, tuple[str, ...]]:
    parts = {"title": masked(str(page.get("title", "")))}
    parts |= {f"tag {tag}": str(count) for tag, count in sorted(page.get("tags") or ())}
    lines = [" ".join(line.split()) for line in str(page.get("text", "")).splitlines()]
    said = [line for line in lines if line][:_MOST_LINES]
    parts |= {f"text {n}": masked(line)[:_LONGEST] for n, line in enumerate(said, 1)}
    parts |= {f"error {text}": kind for text, kind in _errors(browser.events, tab.session)}
    links = tuple(str(link) for link in page.get("links") or ())
    status = page.get("status") or 200
    return Answer(status, "text/html", parts["title"], 0.0, parts=parts), links


def _wait_for(browser: Chromium, session: str, loader: str, name: str, until: float) -> None:
    """Waits for an event of a page's life; what never comes is waited for in vain."""
    looked = 0
    while time.monotonic() < until:
        for event in browser.events[looked:]:
            if event.get("sessionId") != session:
                continue
            told: Mapping[str, Any] = event.get("params") or {}
            if event["method"] == "Inspector.targetCrashed":
                raise TooLate("the page crashed")
            mine = event["method"] == "Page.lifecycleEvent" and told.get("loaderId") == loader
            if mine and told.get("name") == name:
                return
        looked = len(browser.events)
        browser.wait(until)


def _settled(browser: Chromium, tabs: Sequence[_Tab]) -> dict[str, Mapping[str, Any]]:
    """The pages by their sessions, each once it is twice the same; none that says nothing."""
    until = time.monotonic() + _SETTLE_SECONDS
    found: dict[str, Mapping[str, Any]] = {}
    last: dict[str, Mapping[str, Any]] = {}
    left = list(tabs)
    while left:
        late = time.monotonic() > until
        seen = _snapshots(browser, left)
        same = {name for name, page in seen.items() if late or page == last.get(name)}
        found |= {name: seen[name] for name in same}
        left = [tab for tab in left if tab.session in seen and tab.session not in same]
        last = seen
        pause = time.monotonic() + _PAUSE_SECONDS
        while left and time.monotonic() < pause:
            browser.wait(pause)
    return found


def _snapshots(browser: Chromium, tabs: Sequence[_Tab]) -> dict[str, Mapping[str, Any]]:
    """What pages show now, by their sessions: read where their own scripts have no hand in it."""
    worlds = browser.calls(
        [Order("Page.createIsolatedWorld", {"frameId": tab.frame}, tab.session) for tab in tabs]
    )
    asked: list[Order] = []
    for tab, world in zip(tabs, worlds, strict=True):
        place = world.get("executionContextId") if world else None
        how = {"expression": _SNAPSHOT, "contextId": place, "returnByValue": True}
        asked.append(Order("Runtime.evaluate", how, tab.session))
    done = browser.calls(asked)
    return {
        tab.session: (one.get("result") or {}).get("value") or {}
        for tab, one in zip(tabs, done, strict=True)
        if one is not None
    }


def _errors(events: Iterable[Mapping[str, Any]], session: str) -> Iterator[tuple[str, str]]:
    """The errors that a page's console shows, each once, with their kind."""
    found: dict[str, str] = {}
    for event in events:
        if event.get("sessionId") != session or len(found) >= _MOST_ERRORS:
            continue
        told: Mapping[str, Any] = event.get("params") or {}
        for text, kind in _error(str(event["method"]), told):
            line = text.strip().partition("\n")[0].strip()
            found.setdefault(masked(line)[:_LONGEST], kind)
    yield from found.items()


def _error(method: str, told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if method == "Runtime.exceptionThrown":
        details = told.get("exceptionDetails") or {}
        thrown = details.get("exception") or {}
        said = str(thrown.get("description") or thrown.get("value") or details.get("text") or "")
        yield f"Uncaught {said}", str(thrown.get("className") or thrown.get("type") or "thrown")
    elif method == "Runtime.consoleAPICalled" and told.get("type") in ("error", "assert"):
        words = (one.get("value", one.get("description", "")) for one in told.get("args") or ())
        yield " ".join(str(word) for word in words), "console"
    elif method == "Log.entryAdded":
        entry = told.get("entry") or {}
        path = urlsplit(str(entry.get("url") or "")).path
        if entry.get("level") == "error" and path != "/favicon.ico":
            yield f"{entry.get('text')} {path}".strip(), str(entry.get("source") or "other")
