// Opens the kiosk without a network. Answers are none of its business: they wait in the page's own queue.
"use strict";

const CACHE = "kiosk";
const PATIENCE = 4000; // milliseconds on a network that does not answer

self.addEventListener("install", function () {
  self.skipWaiting();
});

self.addEventListener("activate", function (event) {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", function (event) {
  const path = new URL(event.request.url).pathname;
  const isPage = /^\/k\/[0-9a-z]+$/.test(path);
  if (event.request.method === "GET" && (isPage || path.startsWith("/static/"))) {
    event.respondWith(newest(event.request));
  }
});

async function newest(request) {
  const kept = await caches.match(request, { ignoreSearch: true });
  const asked = fetch(request).then(async function (answer) {
    if (answer.ok) {
      const copy = answer.clone();
      await (await caches.open(CACHE)).put(new URL(request.url).pathname, copy);
    }
    return answer;
  });
  if (!kept) {
    return asked;
  }
  const tired = new Promise(function (resolve) {
    setTimeout(resolve, PATIENCE, kept);
  });
  return Promise.race([asked.catch(function () {
    return kept;
  }), tired]);
}
