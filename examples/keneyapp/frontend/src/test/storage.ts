// Node has a localStorage of its own since version 25, which hides the one of jsdom.
const { jsdom } = globalThis as unknown as { jsdom: { window: Window } };

Object.defineProperty(globalThis, 'localStorage', {
  configurable: true,
  value: jsdom.window.localStorage,
});

export {};
