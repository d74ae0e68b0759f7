// Keeps the page as it is at the moment: asks for it every two seconds and changes only what has changed,
// so that whoever reads, tabs or has something open is not disturbed.
"use strict";
(() => {
  const EVERY = 2000, PATIENCE = 10000, LOST_AFTER = 3;
  const main = document.querySelector("main"), life = document.getElementById("life");
  let misses = 0;

  function morph(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return;
    }
    for (const { name, value } of [...fresh.attributes]) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      // What a reader has opened stays open.
      if (!fresh.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
    }
    morphChildren(old, fresh);
  }

  // Children with an id are themselves wherever they stand; others are told apart by their order.
  function morphChildren(old, fresh) {
    const known = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
    let at = old.firstChild;
    for (const node of [...fresh.childNodes]) {
      const same = node.id ? known.get(node.id) : at && !at.id && at.nodeName === node.nodeName ? at : null;
      if (!same || same.nodeName !== node.nodeName) {
        old.insertBefore(document.adoptNode(node), at);
      } else {
        if (same === at) at = at.nextSibling;
        else old.insertBefore(same, at);
        morph(same, node);
      }
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  function say(text, lost) {
    if (life.textContent !== text) life.textContent = text;
    life.className = lost ? "bad-text" : "dim";
  }

  function missed() {
    misses += 1;
    if (misses >= LOST_AFTER) say("No answer: what you see may be old", true);
    again();
  }

  function take(request) {
    const fresh = request.status === 200 && request.response && request.response.querySelector("main");
    if (!fresh) return missed();
    if (fresh.id !== main.id) return location.reload();
    misses = 0;
    const focused = document.activeElement && document.activeElement.id;
    morphChildren(main, fresh);
    document.title = request.response.title;
    if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
    say("live", false);
    again();
  }

  function look() {
    if (document.hidden) return again();
    const request = new XMLHttpRequest();
    request.open("GET", "./");
    request.responseType = "document";
    request.timeout = PATIENCE;
    request.onload = () => take(request);
    request.onerror = request.ontimeout = missed;
    request.send();
  }

  function again() {
    setTimeout(look, EVERY);
  }

  // What was done on the page is told once; a reload need not tell it again.
  if (location.search) history.replaceState(null, "", location.pathname);
  say("live", false);
  again();
})();
